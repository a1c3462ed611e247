// The API in one of its two wire shapes. Thread-safe; borrows the world.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/kit/router.h"
#include "tests/sandbox/solteq/refusal.h"

#include <functional>

namespace sandbox::solteq {

enum class Shape { kRest, kAlt };

class Api {
 public:
    Api(World& world, Shape shape);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    kit::Response handle(const kit::Request& request) const { return router_.route(request); }

 private:
    struct Visit {
        const kit::Request& request;
        const kit::PathValues& values;
        Json body;  // in the default shape
        std::string query(std::string_view name) const;
    };
    using Handler = std::function<Outcome<Json>(const Visit&)>;

    void add(const char* method, const std::string& service, const std::string& path, Handler handler);
    kit::Response serve(const kit::Request& request, const kit::PathValues& values, const std::string& service,
                        const Handler& handler) const;
    std::optional<kit::Response> gate(const kit::Request& request, const std::string& service) const;
    Outcome<Json> page(const Visit& visit, const std::vector<Json>& rows, bool by_token) const;
    bool changed_since(const Visit& visit, const Json& row) const;
    std::vector<Json> rows_of(const Visit& visit, const std::map<std::string, Json>& table) const;

    Outcome<Json> discounts(const Visit& visit) const;
    Outcome<Json> balances(const Visit& visit) const;
    Outcome<Json> customers(const Visit& visit) const;
    Outcome<Json> orders(const Visit& visit) const;

    World& world_;
    const Shape shape_;
    kit::Router router_;
};

}  // namespace sandbox::solteq
