#include "common/exchanges/text.h"

#include "common/http/client.h"

namespace shopwire::exchanges {
namespace {

std::string quoted(std::string_view text) {
    json::Writer writer;
    writer.string(text);
    return writer.take();
}

void indent(const json::Value& value, std::size_t depth, std::string& out) {
    const std::string margin(2 * (depth + 1), ' ');
    if (value.size() == 0) {
        out += value.dump();
        return;
    }
    out += value.is_object() ? "{\n" : "[\n";
    for (std::size_t i = 0; i < value.size(); ++i) {
        out += margin;
        if (value.is_object()) out += quoted(value.member_at(i).first) + ": ";
        indent(value.is_object() ? value.member_at(i).second : value.at(i), depth + 1, out);
        out += i + 1 < value.size() ? ",\n" : "\n";
    }
    out += std::string(2 * depth, ' ') + (value.is_object() ? "}" : "]");
}

}  // namespace

std::string address_of(const http::Request& request) {
    if (request.query.empty()) return request.url;
    std::string query = http::query_string(request.query);
    constexpr std::string_view kMasked = "%2A%2A%2A";
    for (std::size_t at = query.find(kMasked); at != std::string::npos; at = query.find(kMasked, at))
        query.replace(at, kMasked.size(), "***");
    return request.url + "?" + query;
}

std::string indented(std::string_view json) {
    const Result<json::Document> document = json::Document::parse(json);
    if (!document) return std::string(json);
    std::string out;
    indent(document->root(), 0, out);
    return out;
}

std::string text_of(const http::Request& request) {
    std::string out = request.method + " " + address_of(request) + "\n";
    for (const auto& [name, value] : request.headers) out += name + ": " + value + "\n";
    if (!request.body.empty()) out += "\n" + indented(request.body) + "\n";
    return out;
}

void write_headers(json::Writer& writer, const http::Headers& headers) {
    writer.begin_array();
    for (const auto& [name, value] : headers) writer.begin_array().string(name).string(value).end_array();
    writer.end_array();
}

void write_body(json::Writer& writer, std::string_view body) {
    if (const Result<json::Document> document = json::Document::parse(body))
        writer.json_text(document->root().dump());
    else
        writer.string(body);
}

void write_request(json::Writer& writer, const http::Request& request) {
    writer.key("operation").string(request.operation).key("method").string(request.method);
    writer.key("url").string(address_of(request)).key("headers");
    write_headers(writer, request.headers);
    writer.key("body");
    write_body(writer, request.body);
}

}  // namespace shopwire::exchanges
