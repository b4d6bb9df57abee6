namespace Etdb.Domain.Access;

/// <summary>What a caller may be. Numbers are stored; they never change.</summary>
public enum Role
{
    /// <summary>Reads what is public: datasets, health, members, nodes, content.</summary>
    Viewer = 0,

    /// <summary>Also reads the evidence and the log of calls, and asks for checks. Changes nothing.</summary>
    Auditor = 1,

    /// <summary>Hands over publications of one FLO address.</summary>
    Publisher = 2,

    /// <summary>Looks after one member and its nodes.</summary>
    MemberOperator = 3,

    /// <summary>Everything.</summary>
    Admin = 4,
}
