// Requests as people and programs read them.  They are shown as they are: mask them first.  Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "common/http/transport.h"
#include "common/json/value.h"

namespace shopwire::exchanges {

std::string address_of(const http::Request& request);  // with its query
// "POST https://...", a line for each header, an empty line, the body.
std::string text_of(const http::Request& request);
// The members operation, method, url, headers, body; a body that is JSON stands there as JSON.
void write_request(json::Writer& writer, const http::Request& request);
void write_headers(json::Writer& writer, const http::Headers& headers);
void write_body(json::Writer& writer, std::string_view body);

// JSON in lines; what is none comes back as it is.
std::string indented(std::string_view json);

}  // namespace shopwire::exchanges
