using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Etdb.Cli.CommandLine;

namespace Etdb.Cli.Remote;

/// <summary>Calls the REST API of a running silo. Every failure becomes one line that says what to do.</summary>
internal sealed class SiloClient : IDisposable
{
    private const long MostAnswerBytes = 64 * 1024 * 1024;
    private const int BusyTries = 10; // A silo says to wait 5 s at most: a long read ends, a stuck one does not go on for ever.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http;

    public SiloClient(Uri server, string? token)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = new Uri(server.ToString().TrimEnd('/') + "/"),
            Timeout = Limit,
            MaxResponseContentBufferSize = MostAnswerBytes,
        };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Reads a document; null when the server says 404.</summary>
    public async Task<T?> GetAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
        => await SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, "api/v1/" + path), cancellationToken);

    /// <summary>Sends a document and reads the answer; null when the server says 404 or answers nothing.</summary>
    public async Task<T?> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
        where T : class
        => await SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Post, "api/v1/" + path) { Content = JsonContent.Create(body, options: CliOutput.JsonOptions) }, cancellationToken);

    /// <summary>Deletes; the answer, or null when the server says 404 or answers nothing.</summary>
    public async Task<T?> DeleteAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
        => await SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Delete, "api/v1/" + path), cancellationToken);

    private async Task<T?> SendAsync<T>(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            using var response = await SendPatientlyAsync(make, cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            if (!response.IsSuccessStatusCode)
            {
                throw new CliException(await ProblemAsync(response, cancellationToken)) { ExitCode = (int)response.StatusCode is >= 400 and < 500 ? CliExit.BadInput : CliExit.No };
            }

            return response.Content.Headers.ContentLength == 0 || response.StatusCode == HttpStatusCode.NoContent ? null : await response.Content.ReadFromJsonAsync<T>(CliOutput.JsonOptions, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var why = e is HttpRequestException { InnerException: { } inner } ? inner.Message : e.Message;
            throw new CliException($"no answer from {_http.BaseAddress}: {why} Is the silo running (etdb demo, etdb serve)? Name another with --server.", e) { ExitCode = CliExit.No };
        }
    }

    /// <summary>Waits as long as the silo says when it has been asked too often.</summary>
    private async Task<HttpResponseMessage> SendPatientlyAsync(Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = make();
            var response = await _http.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.TooManyRequests || attempt == BusyTries || response.Headers.RetryAfter?.Delta > BusyWait)
            {
                return response;
            }

            var wait = response.Headers.RetryAfter?.Delta ?? BusyWait;
            response.Dispose();
            await Task.Delay(wait, TimeProvider.System, cancellationToken);
        }
    }

    private static async Task<string> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            if (problem.TryGetProperty("detail", out var detail) && detail.GetString() is { Length: > 0 } text)
            {
                return text;
            }
        }
        catch (JsonException)
        {
            // Not problem+json: the status line has to do.
        }

        return $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode} {response.ReasonPhrase}.";
    }
}
