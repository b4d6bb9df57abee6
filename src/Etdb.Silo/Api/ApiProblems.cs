using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Etdb.Silo.Api;

/// <summary>problem+json answers (RFC 9457): what was asked, what is wrong with it, what to do.</summary>
internal static class ApiProblems
{
    /// <summary>Says what to do where the framework answered by itself.</summary>
    public static void Complete(ProblemDetails problem) => problem.Detail ??= problem.Status switch
    {
        StatusCodes.Status400BadRequest => "A parameter or the body is not of the form that is expected; /api/v1/openapi.json describes it.",
        StatusCodes.Status404NotFound => "Nothing is here; /api/v1/openapi.json lists what is.",
        StatusCodes.Status405MethodNotAllowed => "It can be read or posted to, not both; /api/v1/openapi.json says which.",
        StatusCodes.Status413PayloadTooLarge => "The body is longer than this call takes; /docs/reference/api.md tells the limits.",
        StatusCodes.Status500InternalServerError => "Something failed here that should not; the silo's log says what, at this time. Trying again later does no harm.",
        StatusCodes.Status415UnsupportedMediaType => "Send the body as application/json.",
        _ => null,
    };

    public static ProblemHttpResult BadRequest(string parameter, string detail)
        => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest, title: $"The parameter '{parameter}' cannot be used.", type: "urn:etdb:problem:bad-parameter");

    public static ProblemHttpResult BadLimit(int? limit, int most) => BadRequest("limit", $"{limit} is outside 1..{most}.");

    public static ProblemHttpResult NoSuchDataset(string id) => TypedResults.Problem(
        $"No dataset has the id '{id}'. Ids are those of the publishing transaction, 64 hex digits or at least the first 6 of them; /api/v1/datasets?q=… finds datasets by words.",
        statusCode: StatusCodes.Status404NotFound,
        title: "There is no such dataset.",
        type: "urn:etdb:problem:not-found");

    public static ProblemHttpResult NoSuchNode(string id) => TypedResults.Problem(
        $"No node has the id '{id}'; /api/v1/nodes lists them.", statusCode: StatusCodes.Status404NotFound, title: "There is no such node.", type: "urn:etdb:problem:not-found");

    public static ProblemHttpResult NoSuchMember(string id) => TypedResults.Problem(
        $"No member has the id '{id}'; /api/v1/members lists them.", statusCode: StatusCodes.Status404NotFound, title: "There is no such member.", type: "urn:etdb:problem:not-found");

    public static ProblemHttpResult NotFound(string what, string detail)
        => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: $"There is no such {what}.", type: "urn:etdb:problem:not-found");

    public static ProblemHttpResult Forbidden(string detail)
        => TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden, title: "Not allowed.", type: "urn:etdb:problem:forbidden");

    public static ProblemHttpResult Conflict(string title, string detail)
        => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict, title: title, type: "urn:etdb:problem:conflict");

    public static ProblemHttpResult Unavailable(string detail)
        => TypedResults.Problem(detail, statusCode: StatusCodes.Status503ServiceUnavailable, title: "Not available right now.", type: "urn:etdb:problem:unavailable");
}
