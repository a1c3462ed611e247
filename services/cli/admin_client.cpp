#include "services/cli/admin_client.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/http/client.h"

namespace shopwire::cli {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{2'000};
constexpr int kNotFound = 404;
constexpr int kNotNow = 503;

std::string words_of(const http::Response& response) {
    const auto body = nlohmann::json::parse(response.body, nullptr, false);
    const bool tells = body.is_object() && body.contains("error") && body["error"].is_string();
    return tells ? body["error"].get<std::string>() : fmt::format("HTTP {}", response.status);
}

}  // namespace

AdminClient AdminClient::over_network() {
    return AdminClient(http::curl_transport({.connect_timeout = kConnectTimeout}));
}

Result<nlohmann::json> AdminClient::ask(const AdminPort& port, std::string_view path, const std::string& body,
                                        std::chrono::milliseconds timeout) {
    return send(port, {.method = body.empty() ? "GET" : "POST",
                       .url = port.url + std::string(path),
                       .body = body,
                       .timeout = timeout});
}

Result<nlohmann::json> AdminClient::ask_parked(const AdminPort& port, const std::string& connection) {
    return send(port,
                {.url = port.url + "/api/parked", .query = {{"connection", connection}}, .timeout = kAnswerTimeout});
}

Result<nlohmann::json> AdminClient::send(const AdminPort& port, http::Request request) {
    const std::string doing = "asking " + port.service;
    if (port.url.empty())
        return rejected(doing + ": its admin_listen names no port; give --admin " + port.service + "=URL");
    request.idempotent = true;
    request.operation = "admin";
    if (!port.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + port.token.reveal());
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    const Result<http::Response> response = transport_->send(request, {});
    if (!response) return within(doing, response.error());
    if (response->status == kNotFound && port.token.empty())
        return rejected(doing + ": no token: set admin_token and SHOPWIRE_ADMIN_TOKEN");
    if (response->status == kNotNow) return transient(doing + ": " + words_of(*response));
    if (response->status < 200 || response->status > 299) return rejected(doing + ": " + words_of(*response));
    auto json = nlohmann::json::parse(response->body, nullptr, false);
    if (json.is_discarded()) return rejected(doing + ": the answer is no JSON");
    return json;
}

Result<nlohmann::json> AdminClient::tell_one(const std::vector<AdminPort>& ports, std::string_view path,
                                             const nlohmann::json& body, const std::string& what) {
    if (ports.empty()) return rejected("no admin port is known: give --config or --admin");
    std::string refusals;
    ErrorKind kind = ErrorKind::kTransient;
    for (const AdminPort& port : ports) {
        Result<nlohmann::json> answer = ask(port, path, body.dump());
        if (answer) return answer;
        refusals += (refusals.empty() ? "" : "; ") + answer.error().message;
        if (answer.error().kind != ErrorKind::kTransient) kind = answer.error().kind;
    }
    return std::unexpected(Error{.kind = kind, .message = what + ": no service took it: " + refusals});
}

}  // namespace shopwire::cli
