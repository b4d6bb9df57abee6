using System.Security.Cryptography;
using Etdb.Ipfs.Cids;
using Etdb.Ipfs.Node.Store;

namespace Etdb.Ipfs.Node;

/// <summary>
/// Who a node is: a P-256 key in a file only its owner may read, and the peer id that libp2p derives from it (spec: libp2p/specs
/// peer-ids: the sha2-256 multihash of the key's protobuf, in base58). The same folder gives the same id for ever.
/// </summary>
public sealed class NodeIdentity
{
    private const string FileName = "identity.pem";
    private const byte KeyTypeEcdsa = 3;

    private NodeIdentity(string peerId, string publicKey)
    {
        PeerId = peerId;
        PublicKey = publicKey;
    }

    /// <summary>The peer id in base58 (<c>Qm…</c>).</summary>
    public string PeerId { get; }

    /// <summary>The protobuf of the public key in base64, as the <c>id</c> call gives it.</summary>
    public string PublicKey { get; }

    /// <summary>Reads the key in <paramref name="folder"/>, or makes one when there is none.</summary>
    public static NodeIdentity LoadOrCreate(string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(path))
        {
            key.ImportFromPem(File.ReadAllText(path));
        }
        else
        {
            DurableFile.Replace(path, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()), secret: true);
        }

        var spki = key.ExportSubjectPublicKeyInfo();
        byte[] protobuf = [0x08, KeyTypeEcdsa, 0x12, (byte)spki.Length, .. spki];
        var peerId = Multibase.EncodeBare(MultibaseEncoding.Base58Btc, BlockKeys.ToMultihash(BlockKey.Of(protobuf)).Bytes);
        return new NodeIdentity(peerId, Convert.ToBase64String(protobuf));
    }
}
