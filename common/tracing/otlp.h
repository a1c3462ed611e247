// The body of one OTLP request.  Pure; exposed for tests.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/tracing/tracing.h"

namespace shopwire::tracing {

// Of a W3C trace context; both empty: it is none.
struct Ids {
    std::string_view trace{};
    std::string_view span{};
};
Ids ids_of(std::string_view traceparent);

// `new_span_id` makes 16 hexadecimal digits.
std::string otlp_body(const Options& options, std::span<const Span> spans, std::string (*new_span_id)());

}  // namespace shopwire::tracing
