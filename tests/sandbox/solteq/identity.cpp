#include "tests/sandbox/solteq/identity.h"

namespace sandbox::solteq {
namespace {

constexpr const char* kSigningKey = "sandbox signing key";

struct Client {
    std::string id;
    std::string secret;
};

Client client_of(const kit::Request& request, const kit::Pairs& form) {
    constexpr std::string_view kBasic = "Basic ";
    Client client;
    for (const auto& [name, value] : form) {
        if (name == "client_id") client.id = value;
        if (name == "client_secret") client.secret = value;
    }
    const std::string* header = request.header("Authorization");
    if (header == nullptr || !header->starts_with(kBasic)) return client;
    const std::string pair = kit::base64_decode(header->substr(kBasic.size())).value_or("");
    const std::size_t colon = std::min(pair.find(':'), pair.size());
    return {.id = pair.substr(0, colon), .secret = colon < pair.size() ? pair.substr(colon + 1) : ""};
}

kit::Response refuse(const char* error) { return kit::json_response(400, Json{{"error", error}}.dump()); }

std::string value_of(const kit::Pairs& form, std::string_view wanted) {
    for (const auto& [name, value] : form) {
        if (name == wanted) return value;
    }
    return {};
}

std::string signature(const std::string& signed_part) {
    return kit::base64_encode(kit::hmac_sha256(kSigningKey, signed_part));
}

}  // namespace

kit::Response give_token(World& world, const kit::Request& request) {
    const std::string* type = request.header("Content-Type");
    if (type == nullptr || !type->starts_with("application/x-www-form-urlencoded")) return refuse("invalid_request");
    const kit::Pairs form = kit::parse_query(request.body);
    if (value_of(form, "grant_type") != "client_credentials") return refuse("unsupported_grant_type");
    const Client client = client_of(request, form);
    if (client.id != world.client_id || client.secret != world.client_secret) return refuse("invalid_client");
    const std::string scope = value_of(form, "scope");
    std::size_t count = 0;
    for (const std::string& one : kit::split(scope, ' ')) {
        if (one.empty()) continue;
        ++count;
        if (!world.scopes.contains(one)) return refuse("invalid_scope");
    }
    if (count == 0 || (count > 1 && world.settings.one_scope_per_token)) return refuse("invalid_scope");
    const Json claims{{"iss", world.issuer},
                      {"scope", scope},
                      {"exp", kit::now_seconds() + world.settings.token_seconds},
                      {"credential", world.credential},
                      {"jti", kit::random_token(16)}};
    const std::string signed_part =
        kit::base64_encode(R"({"alg":"HS256","typ":"JWT"})") + "." + kit::base64_encode(claims.dump());
    return kit::json_response(200, Json{{"access_token", signed_part + "." + signature(signed_part)},
                                        {"expires_in", world.settings.token_seconds},
                                        {"token_type", "Bearer"},
                                        {"scope", scope}}
                                       .dump());
}

Access check_bearer(World& world, const kit::Request& request, const std::string& scope) {
    constexpr std::string_view kBearer = "Bearer ";
    const std::string* header = request.header("Authorization");
    if (header == nullptr || !header->starts_with(kBearer)) return Access::kNoBearer;
    const std::string token = header->substr(kBearer.size());
    const auto parts = kit::split(token, '.');
    if (parts.size() != 3 || signature(parts[0] + "." + parts[1]) != parts[2]) return Access::kNoBearer;
    const Json claims = Json::parse(kit::base64_decode(parts[1]).value_or(""), nullptr, false);
    if (!claims.is_object() || claims.value("iss", "") != world.issuer) return Access::kNoBearer;
    if (claims.value("exp", std::int64_t{0}) <= kit::now_seconds()) return Access::kNoBearer;
    if (claims.value("credential", 0) != world.credential) return Access::kNoBearer;
    int& used = world.bearer_used[claims.value("jti", "")];
    if (world.settings.bearer_uses > 0 && ++used > world.settings.bearer_uses) return Access::kNoBearer;
    for (const std::string& granted : kit::split(claims.value("scope", ""), ' ')) {
        if (granted == scope) return Access::kGranted;
    }
    return Access::kNoScope;
}

}  // namespace sandbox::solteq
