#include "tests/sandbox/shop/api.h"

#include <chrono>
#include <thread>

#include "tests/sandbox/shop/settings_api.h"

namespace sandbox::shop {

namespace {

constexpr std::string_view kBase = "/wp-json/wc/v3";

std::unexpected<ApiError> no_route() {
    return fail(404, "rest_no_route", "No route was found matching the URL and request method.");
}

// JSON counts only with its content type; without it the body is dropped (contract woocommerce 1). Query parameters are
// parameters too.
Outcome<Json> body_of(const kit::Request& request) {
    const auto* type = request.header("Content-Type");
    const auto kind = type == nullptr ? "" : kit::lower(*type);
    Json out = Json::object();
    const auto take = [&](const kit::Pairs& pairs) {
        for (const auto& [name, value] : pairs) {
            if (!name.starts_with("oauth_") && !name.starts_with("consumer_")) out[name] = value;
        }
    };
    take(request.query);
    if (kind.starts_with("application/x-www-form-urlencoded")) take(kit::parse_query(request.body));
    if (!kind.starts_with("application/json") || request.body.empty()) return out;
    const auto parsed = Json::parse(request.body, nullptr, false);
    if (parsed.is_discarded()) {
        return fail(400, "rest_invalid_json", "Invalid JSON body passed.",
                    {{"json_error_code", 4}, {"json_error_message", "Syntax error"}});
    }
    if (parsed.is_object()) out.update(parsed);
    return out;
}

std::vector<std::int64_t> numbers(const kit::PathValues& values) {
    std::vector<std::int64_t> out;
    for (const auto& value : values) out.push_back(to_integer(Json(value)));
    return out;
}

kit::Response told(const kit::Request& request, const Answer& answer, int status) {
    if (!answer) return answer.error().response();
    const auto* fields = request.query_value("_fields");
    if (fields == nullptr || fields->empty()) return kit::json_response(status, *answer);
    const bool product =
        request.path.find("/products") != std::string::npos && request.path.find("/variations") == std::string::npos;
    const auto cut = product ? fields_as_asked : only_fields;
    const auto whole = Json::parse(*answer);
    return kit::json_response(status, wire_text(whole.is_array() ? whole : cut(whole, *fields, true)));
}

bool ends_with_digits(const std::string& path) { return !path.empty() && path.back() >= '0' && path.back() <= '9'; }

// What a request without a usable key is told.
kit::Response forbidden(const kit::Request& request) {
    const auto told_as = [](const char* code, const char* message) {
        return fail(401, code, message).error().response();
    };
    if (request.method == "GET") {
        return told_as("woocommerce_rest_cannot_view", ends_with_digits(request.path)
                                                           ? "Sorry, you cannot view this resource."
                                                           : "Sorry, you cannot list resources.");
    }
    if (request.path.ends_with("/batch")) {
        return told_as("woocommerce_rest_cannot_batch",
                       "Sorry, you are not allowed to batch manipulate this resource.");
    }
    if (request.method == "DELETE") {
        return told_as("woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource.");
    }
    if (ends_with_digits(request.path)) {
        return told_as("woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.");
    }
    return told_as("woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.");
}

const char* allowed_methods(const std::string& path) {
    if (path.ends_with("/batch")) return "POST, PUT, PATCH";
    if (path.ends_with("/statuses") || path.ends_with("/current") || path.ends_with("/system_status")) return "GET";
    if (path.ends_with("/refunds") && path.find("/orders/") == std::string::npos) return "GET";
    if (path.ends_with("/v3/variations")) return "GET";
    return ends_with_digits(path) ? "GET, POST, PUT, PATCH, DELETE" : "GET, POST";
}

void add_common_headers(const kit::Request& request, const ShopConfig& config, bool signed_in,
                        kit::Response& response) {
    auto& headers = response.headers;
    headers.emplace_back("X-Robots-Tag", "noindex");
    const bool paged = std::ranges::any_of(headers, [](const auto& header) { return header.first == "Link"; });
    if (!paged) headers.emplace_back("Link", "<" + config.home_url + "/wp-json/>; rel=\"https://api.w.org/\"");
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link");
    headers.emplace_back("Access-Control-Allow-Headers",
                         "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type");
    if (!signed_in) return;
    headers.emplace_back("Allow", allowed_methods(request.path));
    headers.emplace_back("Expires", "Wed, 11 Jan 1984 05:00:00 GMT");
    headers.emplace_back("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private");
}

// The three ways round a host that blocks verbs, and the query form of a site without pretty permalinks.
kit::Request normalised(const kit::Request& request, bool& plain_permalinks) {
    kit::Request out = request;
    if (out.method == "HEAD") out.method = "GET";
    if (const auto* verb = request.header("X-HTTP-Method-Override"); verb != nullptr && request.method == "POST") {
        out.method = *verb;
    }
    if (const auto* verb = request.query_value("_method"); verb != nullptr && request.method == "POST")
        out.method = *verb;
    const auto* route = request.query_value("rest_route");
    plain_permalinks = route != nullptr && request.path == "/";
    if (plain_permalinks) out.path = "/wp-json" + *route;
    while (out.path.size() > 1 && out.path.ends_with('/')) out.path.pop_back();
    return out;
}

}  // namespace

Api::Api(Context context)
    : context_(context),
      authorize_(context),
      products_(context),
      variations_(context),
      orders_(context),
      customers_(context),
      webhooks_(context) {
    add_products();
    add_variations();
    add_orders();
    add_order_extras();
    add_customers();
    add_webhooks();
    add_settings();
}

kit::Response Api::routed(const kit::Request& request) {
    if (request.path == "/wp-json") return kit::json_response(200, site_index(context_.store.config()));
    if (request.method == "OPTIONS") {
        return kit::json_response(200, R"({"namespace":"wc\/v3","methods":[],"endpoints":[]})");
    }
    return router_.route(request);
}

kit::Response Api::handle(const kit::Request& request) {
    const auto config = context_.store.config();
    if (config.latency_ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(config.latency_ms));
    bool plain_permalinks = false;
    kit::Request wanted = normalised(request, plain_permalinks);
    const bool unknown_page = !config.pretty_permalinks && !plain_permalinks;
    if (!unknown_page && !plain_permalinks)
        if (auto page = authorize_.handle(wanted)) return *std::move(page);
    if (unknown_page || !wanted.path.starts_with("/wp-json")) {
        kit::Response page =
            kit::json_response(404, "<!DOCTYPE html><html><body><h1>Page not found</h1></body></html>");
        page.content_type = "text/html; charset=UTF-8";
        return page;
    }
    // Keys are only looked at when the URI holds wp-json/wc/ (contract woocommerce 1).
    const bool keyed = !plain_permalinks && wanted.path.starts_with("/wp-json/wc/");
    const auto identity = keyed ? auth_.check(wanted, config, context_.store.clock()) : Outcome<bool>(false);
    kit::Response response;
    const bool open = wanted.path == "/wp-json" || wanted.method == "OPTIONS";
    if (!identity) {
        response = identity.error().response();
    } else if (!open && !router_.knows(wanted)) {
        response = no_route().error().response();
    } else if (!open && !*identity) {
        response = forbidden(wanted);
    } else {
        response = routed(wanted);
    }
    add_common_headers(wanted, config, identity.value_or(false), response);
    return response;
}

void Api::add_read(const char* path, const Single& read) {
    router_.add("GET", std::string(kBase) + path, [read](const kit::Request& request, const kit::PathValues& values) {
        return told(request, read(numbers(values), request), 200);
    });
}

void Api::add_create(const char* path, const std::string& location, const Body& create) {
    router_.add("POST", std::string(kBase) + path,
                [this, location, create](const kit::Request& request, const kit::PathValues& values) {
                    const auto body = body_of(request);
                    if (!body) return body.error().response();
                    const auto answer = create(numbers(values), *body);
                    auto response = told(request, answer, 201);
                    if (!answer) return response;
                    // The id stands first in every answer.
                    const auto end = answer->find(',');
                    const auto id = answer->substr(6, end - 6);
                    const auto base = location.empty() ? request.path : std::string(kBase) + location;
                    response.headers.emplace_back("Location", context_.store.config().home_url + base + "/" + id);
                    return response;
                });
}

void Api::add_update(const char* path, const Body& update) {
    for (const char* method : {"PUT", "PATCH", "POST"}) {
        router_.add(method, std::string(kBase) + path,
                    [update](const kit::Request& request, const kit::PathValues& values) {
                        const auto body = body_of(request);
                        if (!body) return body.error().response();
                        return told(request, update(numbers(values), *body), 200);
                    });
    }
}

void Api::add_remove(const char* path, const std::function<Answer(const Ids& ids, bool force)>& remove) {
    router_.add(
        "DELETE", std::string(kBase) + path, [remove](const kit::Request& request, const kit::PathValues& values) {
            const auto body = body_of(request);
            if (!body) return body.error().response();
            return told(request, remove(numbers(values), has_value(*body, "force") && to_bool(body->at("force"))), 200);
        });
}

void Api::add_batch(const char* path, const std::function<BatchOperations(const Ids& ids)>& operations) {
    for (const char* method : {"POST", "PUT", "PATCH"}) {
        router_.add(method, std::string(kBase) + path,
                    [this, operations](const kit::Request& request, const kit::PathValues& values) {
                        const auto body = body_of(request);
                        if (!body) return body.error().response();
                        return run_batch(request, context_.store.config(), *body, operations(numbers(values)));
                    });
    }
}

}  // namespace sandbox::shop
