#include "common/dialect/auth.h"

#include <algorithm>

#include "common/http/client.h"
#include "common/json/value.h"

namespace shopwire::dialect {
namespace {

constexpr std::chrono::seconds kTokenTimeout{30};
constexpr std::chrono::seconds kTokenMargin{60};       // a token is renewed so long before it ends
constexpr std::int64_t kTokenSecondsDefault = 300;     // when the answer does not tell
constexpr std::int64_t kTokenSecondsMax = 24 * 3600;
constexpr std::size_t kErrorCodeMax = 60;

// The `error` of a refusal, when it is one of the words that RFC 6749 makes; else nothing, since texts may hold more.
std::string error_code(const std::string& body) {
    const Result<json::Document> document = json::Document::parse(body);
    if (!document) return {};
    const std::string_view code = document->root().member("error").text();
    const bool plain = code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
    return plain && code.size() <= kErrorCodeMax ? std::string(code) : std::string();
}

}  // namespace

Result<std::string> Authenticator::fill(const TextTemplate& text) const {
    return text.expand([this](const std::string& name) -> Result<std::string> {
        const auto found = secrets_.find(name);
        if (found == secrets_.end() || found->second.empty())
            return auth_failed("no secret \"" + name + "\" is configured");
        return found->second.reveal();
    });
}

Status Authenticator::sign(http::Request& request) {
    switch (auth_.kind) {
        case Auth::Kind::kNone: return {};
        case Auth::Kind::kHeader:
        case Auth::Kind::kQuery: {
            Result<std::string> value = fill(auth_.value);
            if (!value) return std::unexpected(std::move(value.error()));
            if (auth_.kind == Auth::Kind::kHeader)
                request.headers.emplace_back(auth_.name, *std::move(value));
            else
                request.query.emplace_back(auth_.name, *std::move(value));
            return {};
        }
        case Auth::Kind::kBasic: {
            Result<std::string> user = fill(auth_.user);
            Result<std::string> password = fill(auth_.password);
            if (!user) return std::unexpected(std::move(user.error()));
            if (!password) return std::unexpected(std::move(password.error()));
            return http::basic_auth(*user, Secret(*password))(request);
        }
        case Auth::Kind::kOAuth2: {
            Result<std::string> bearer = token(request.operation);
            if (!bearer) return std::unexpected(std::move(bearer.error()));
            request.headers.emplace_back("Authorization", "Bearer " + *bearer);
            return {};
        }
    }
    return {};
}

bool Authenticator::refused() {
    if (auth_.kind != Auth::Kind::kOAuth2) return false;
    const std::lock_guard lock(mutex_);
    tokens_.clear();
    return true;
}

// Empty asks for nothing: the remote gives what the client has.
std::string Authenticator::scope_of(std::string_view operation) const {
    const auto found = scopes_.find(operation);
    return !per_scope_ || found == scopes_.end() || found->second.empty() ? auth_.scope : found->second;
}

Result<std::string> Authenticator::token(std::string_view operation) {
    const std::lock_guard lock(mutex_);  // held while fetching: others wait for the same token, at most kTokenTimeout
    std::string scope = scope_of(operation);
    if (const auto known = tokens_.find(scope); known != tokens_.end() && clock_.monotonic() < known->second.expires)
        return known->second.value.reveal();
    Result<Token> fetched = fetch_token(scope);
    if (!fetched && fetched.error().kind == ErrorKind::kRejected && !per_scope_) {
        per_scope_ = true;  // the client has its scopes, but not in one token
        scope = scope_of(operation);
        fetched = fetch_token(scope);
    }
    if (!fetched) return std::unexpected(std::move(fetched.error()));
    return tokens_.insert_or_assign(scope, *std::move(fetched)).first->second.value.reveal();
}

// kRejected: the remote knows the client, but gives it no token with these scopes.  That fails the operation, not the
// connection: others have scopes of their own.
Result<Authenticator::Token> Authenticator::fetch_token(const std::string& scope) {
    Result<std::string> id = fill(auth_.client_id);
    Result<std::string> secret = fill(auth_.client_secret);
    if (!id) return std::unexpected(std::move(id.error()));
    if (!secret) return std::unexpected(std::move(secret.error()));
    std::vector<std::pair<std::string, std::string>> form = {{"grant_type", "client_credentials"}};
    if (!scope.empty()) form.emplace_back("scope", scope);
    http::Request request{
        .method = "POST",
        .url = auth_.token_url.starts_with("/") ? base_url_ + auth_.token_url : auth_.token_url,
        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
        .idempotent = true,  // a second token harms nobody
        .timeout = kTokenTimeout,
        .operation = std::string(kFetchToken)};
    if (auth_.client_in_body) {
        form.emplace_back("client_id", *id);
        form.emplace_back("client_secret", *secret);
    } else if (Status signed_ok = http::basic_auth(*id, Secret(*secret))(request); !signed_ok) {
        return std::unexpected(std::move(signed_ok.error()));
    }
    request.body = http::query_string(form);
    const Result<http::Response> response = transport_.send(request, {});
    if (!response) return within("fetching a token", response.error());
    if (Status ok = http::classify(request, *response); !ok) {
        if (response->status != 400) return within("fetching a token", std::move(ok.error()));
        // RFC 6749 5.2: whatever is wrong stands in `error`, a wrong client too.
        const std::string code = error_code(response->body);
        std::string message = "fetching a token: HTTP 400" + (code.empty() ? code : " " + code);
        return code == "invalid_scope" ? rejected(std::move(message)) : auth_failed(std::move(message));
    }
    const Result<json::Document> document = json::Document::parse(response->body);
    if (!document) return transient("fetching a token: the answer is not JSON");
    json::Reader reader(document->root());
    std::string value = reader.string("access_token");
    if (!reader.status() || value.empty()) return transient("fetching a token: the answer has no access_token");
    json::Reader times(document->root());
    const std::int64_t named = times.integer_or_none("expires_in").value_or(kTokenSecondsDefault);
    const auto life = std::chrono::seconds(std::clamp<std::int64_t>(named, 2, kTokenSecondsMax));
    return Token{.value = Secret(std::move(value)),
                 .expires = clock_.monotonic() + std::max<std::chrono::seconds>(life - kTokenMargin, life / 2)};
}

}  // namespace shopwire::dialect
