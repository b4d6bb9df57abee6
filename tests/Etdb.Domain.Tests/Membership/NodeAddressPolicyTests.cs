using System.Net;
using Etdb.Domain.Membership;

namespace Etdb.Domain.Tests.Membership;

/// <summary>A member's word makes the cluster call public addresses only, however they are dressed up.</summary>
public sealed class NodeAddressPolicyTests
{
    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2a00:1450:4001:830::200e", true)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.8.9.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.128.0.1", true)]
    [InlineData("192.0.2.5", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.251", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::7f00:1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("64:ff9b::a9fe:a9fe", false)]
    [InlineData("64:ff9b:1::a00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fe80::1%3", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12:3456::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2001:db8::1", false)]
    public void Only_public_addresses_are_called(string address, bool called)
    {
        Assert.True(NodeAddressPolicy.TryParse([], out var policy, out _));
        Assert.Equal(called, policy.Allows(IPAddress.Parse(address)));
        Assert.False(policy.IsTrusted(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("10.8.3.4", true)]
    [InlineData("::ffff:10.8.3.4", true)]
    [InlineData("10.9.0.1", false)]
    [InlineData("fd00:1::5", true)]
    [InlineData("fd00:2::5", false)]
    public void Networks_that_are_named_are_called_too(string address, bool called)
    {
        Assert.True(NodeAddressPolicy.TryParse(["10.8.0.0/16", "fd00:1::/32"], out var policy, out _));
        Assert.Equal(called, policy.Allows(IPAddress.Parse(address)));
        Assert.Equal(called, policy.IsTrusted(IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("10.8.0.0")]
    [InlineData("everything")]
    [InlineData("")]
    public void What_is_no_network_is_named(string text)
    {
        Assert.False(NodeAddressPolicy.TryParse(["127.0.0.0/8", text], out _, out var wrong));
        Assert.Equal(text, wrong);
    }
}
