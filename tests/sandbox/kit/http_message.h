// One HTTP request and one answer as plain values. Owned by whoever holds them; no thread rule.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::kit {

struct Request {
    std::string method;
    std::string path;       // percent decoded, without the query
    std::string raw_query;  // as sent, without the question mark
    Pairs query;
    Pairs headers;
    std::string body;
    bool secure = false;

    // Header names compare without case; null when absent.
    const std::string* header(std::string_view name) const;
    const std::string* query_value(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::string content_type = "application/json; charset=UTF-8";
    Pairs headers;
    std::string body;
    // Stops after the answer, as a server does that sends "Connection: close".
    bool close = false;
};

Response json_response(int status, std::string body);
std::string_view reason_phrase(int status);

}  // namespace sandbox::kit
