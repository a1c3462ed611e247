// The error envelope of WooCommerce's REST API (contract woocommerce 3). Plain values.
#pragma once

#include <expected>
#include <string>

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/json.h"

namespace sandbox::shop {

struct ApiError {
    int status = 400;
    std::string code;
    std::string message;
    Json data;  // mostly {"status":400,...}; refunds answer a bare integer

    Json json() const { return Json{{"code", code}, {"message", message}, {"data", data}}; }
    kit::Response response() const { return kit::json_response(status, wire_text(json())); }
};

template <typename T>
using Outcome = std::expected<T, ApiError>;
// The text of an answer's object.
using Answer = Outcome<std::string>;

inline std::unexpected<ApiError> fail(int status, std::string code, std::string message,
                                      const Json& more = Json::object()) {
    Json data{{"status", status}};
    if (more.is_object()) data.update(more);
    return std::unexpected(ApiError{status, std::move(code), std::move(message), std::move(data)});
}

}  // namespace sandbox::shop
