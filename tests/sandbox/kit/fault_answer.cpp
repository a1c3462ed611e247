#include "tests/sandbox/kit/fault_answer.h"

namespace sandbox::kit {

namespace {

constexpr int kDefaultHangMs = 60'000;
constexpr int kSlowPieces = 10;

bool has_no_body(const Request& request, const Response& response) {
    return request.method == "HEAD" || response.status == 304 || response.status == 204;
}

void write_slowly(Connection& connection, const Response& response, int delay_ms, const AnswerTools& tools) {
    if (!connection.write(head_of(response, false))) return;
    const std::string_view body = response.body;
    const auto piece = body.size() / kSlowPieces + 1;
    for (std::size_t at = 0; at < body.size(); at += piece) {
        if (!tools.sleep(delay_ms / kSlowPieces) || !connection.write(body.substr(at, piece))) return;
    }
}

Response faulty_response(const Fault& fault) {
    Response response = json_response(fault.status, fault.body);
    if (fault.kind == "html") {
        response.content_type = "text/html; charset=UTF-8";
        if (response.body.empty()) {
            response.body = "<html><body><h1>" + std::to_string(fault.status) + "</h1></body></html>";
        }
    }
    if (fault.retry_after) response.headers.emplace_back("Retry-After", std::to_string(*fault.retry_after));
    return response;
}

Answered send(Connection& connection, const Request& request, const Response& response, bool keep_alive) {
    const bool keep = keep_alive && !response.close;
    std::string out = head_of(response, keep);
    if (!has_no_body(request, response)) out += response.body;
    const bool sent = connection.write(out);
    return {.status = response.status, .keep_open = sent && keep};
}

}  // namespace

std::string head_of(const Response& response, bool keep_alive) {
    std::string out;
    out.reserve(1024 + response.body.size());
    out += "HTTP/1.1 " + std::to_string(response.status) + " ";
    out += reason_phrase(response.status);
    out += "\r\nDate: " + http_date(now_seconds());
    out += keep_alive ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n";
    if (!response.content_type.empty()) out += "Content-Type: " + response.content_type + "\r\n";
    for (const auto& [name, value] : response.headers) out += name + ": " + value + "\r\n";
    if (response.status != 304) out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    return out + "\r\n";
}

Answered answer(Connection& connection, const Request& request, bool keep_alive, const Fault& fault,
                const AnswerTools& tools) {
    const std::string& kind = fault.kind;
    if (kind == "drop_before") return {};
    if (kind == "hang") {
        tools.sleep(fault.delay_ms > 0 ? fault.delay_ms : kDefaultHangMs);
        return {};
    }
    if (kind == "late_apply") {
        tools.apply_late(request, fault.delay_ms);
        return {};
    }
    if (kind == "delay" && !tools.sleep(fault.delay_ms)) return {};
    if (kind == "status" || kind == "html") return send(connection, request, faulty_response(fault), keep_alive);
    const Response response = tools.handler(request);
    if (kind == "apply_then_drop") return {};
    if (kind == "cut_body") {
        connection.write(head_of(response, false) + response.body.substr(0, response.body.size() / 2));
        return {.status = response.status, .keep_open = false};
    }
    if (kind == "slow_body") {
        write_slowly(connection, response, fault.delay_ms, tools);
        return {.status = response.status, .keep_open = false};
    }
    return send(connection, request, response, keep_alive);
}

}  // namespace sandbox::kit
