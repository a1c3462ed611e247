#include "common/tracing/otlp.h"

#include <algorithm>

#include "common/json/value.h"

namespace shopwire::tracing {
namespace {

constexpr std::int64_t kNanosPerMs = 1'000'000;
constexpr std::int64_t kErrorStatus = 2;

void add_attribute(json::Writer& out, std::string_view name, std::string_view value) {
    out.begin_object().key("key").string(name);
    out.key("value").begin_object().key("stringValue").string(value).end_object().end_object();
}

// OTLP has 64-bit numbers as texts.
std::string nanos(std::int64_t ms) { return std::to_string(ms * kNanosPerMs); }

void add_span(json::Writer& out, const Span& span, std::string (*new_span_id)()) {
    const Ids ids = ids_of(span.traceparent);
    out.begin_object().key("traceId").string(ids.trace);
    if (span.begins) {
        out.key("spanId").string(ids.span);
    } else {
        out.key("spanId").string(new_span_id()).key("parentSpanId").string(ids.span);
    }
    out.key("name").string(span.name).key("kind").number(static_cast<std::int64_t>(span.kind));
    out.key("startTimeUnixNano").string(nanos(span.start_ms));
    out.key("endTimeUnixNano").string(nanos(std::max(span.start_ms, span.end_ms)));
    out.key("attributes").begin_array();
    for (const auto& [name, value] : span.attributes) add_attribute(out, name, value);
    out.end_array();
    if (span.failed) out.key("status").begin_object().key("code").number(kErrorStatus).end_object();
    out.end_object();
}

}  // namespace

// "00-" trace id of 32 digits "-" span id of 16 "-" flags.
Ids ids_of(std::string_view traceparent) {
    if (traceparent.size() != 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-')
        return {};
    const Ids ids{.trace = traceparent.substr(3, 32), .span = traceparent.substr(36, 16)};
    const auto is_id = [](std::string_view id) {
        return id.find_first_not_of("0123456789abcdef") == id.npos && id.find_first_not_of('0') != id.npos;
    };
    return is_id(ids.trace) && is_id(ids.span) ? ids : Ids{};
}

std::string otlp_body(const Options& options, std::span<const Span> spans, std::string (*new_span_id)()) {
    json::Writer out;
    out.begin_object().key("resourceSpans").begin_array().begin_object();
    out.key("resource").begin_object().key("attributes").begin_array();
    add_attribute(out, "service.namespace", "shopwire");
    add_attribute(out, "service.name", options.service);
    add_attribute(out, "service.instance.id", options.instance);
    out.end_array().end_object();
    out.key("scopeSpans").begin_array().begin_object();
    out.key("scope").begin_object().key("name").string("shopwire").end_object();
    out.key("spans").begin_array();
    for (const Span& span : spans) add_span(out, span, new_span_id);
    out.end_array().end_object().end_array();
    out.end_object().end_array().end_object();
    return out.take();
}

}  // namespace shopwire::tracing
