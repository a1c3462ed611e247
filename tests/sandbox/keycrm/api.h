// The REST API under /v1: key, limit, routes.  Called from many threads at once.
#pragma once

#include <fstream>

#include "tests/sandbox/keycrm/crm.h"
#include "tests/sandbox/keycrm/query.h"
#include "tests/sandbox/kit/router.h"

namespace sandbox::keycrm {

class Api {
 public:
    // `record_file` gets every request and its answer as one line of JSON, without the key; empty: nothing is kept.
    Api(Crm& crm, std::string key, const std::string& record_file);
    kit::Response handle(const kit::Request& request);
    void forget_limit();

 private:
    kit::Response admit_and_route(const kit::Request& request);
    // 429 when the minute is full.  Laravel counts in fixed windows that begin with the first request.
    std::optional<kit::Response> over_limit();
    void record(const kit::Request& request, const kit::Response& response);

    Crm& crm_;
    const std::string key_;
    kit::Router router_;
    std::mutex record_mutex_;
    std::ofstream record_;
    std::int64_t window_began_us_ = 0;  // guarded by crm_.mutex, as the next
    int window_count_ = 0;
};

// All handlers run with the account locked.
using Handler = std::function<kit::Response(const kit::Request&, const kit::PathValues&)>;
void add_catalogue_routes(kit::Router& router, Crm& crm);
void add_order_routes(kit::Router& router, Crm& crm);
void add_order_write_routes(kit::Router& router, Crm& crm);
void add_buyer_routes(kit::Router& router, Crm& crm);

// The body when it is a JSON object.
std::optional<Json> body_of(const kit::Request& request);
Decimal decimal_of(const Json& object, const char* name);  // 0 when absent or null
std::string text_of(const Json& object, const char* name);
Id id_of(const std::string& text);

}  // namespace sandbox::keycrm
