// An account with its API, without a socket.  For tests.
#pragma once

#include <gtest/gtest.h>

#include "tests/sandbox/keycrm/api.h"
#include "tests/sandbox/keycrm/control_api.h"
#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {

class CrmTest : public ::testing::Test {
 protected:
    CrmTest() { crm.switches.rate_per_minute = 0; }

    struct Got {
        int status = 0;
        Json body{};
        kit::Pairs headers{};
    };
    Got ask(const std::string& method, const std::string& target, const Json& body = nullptr,
            const std::string& key = "Bearer demo-key") {
        kit::Request request;
        request.method = method;
        request.path = "/v1" + target.substr(0, target.find('?'));
        if (const auto mark = target.find('?'); mark != std::string::npos) {
            request.raw_query = target.substr(mark + 1);
            request.query = kit::parse_query(request.raw_query);
        }
        request.headers = {{"Authorization", key}};
        if (!body.is_null()) request.body = body.dump();
        const kit::Response response = api.handle(request);
        return {
            .status = response.status, .body = Json::parse(response.body, nullptr, false), .headers = response.headers};
    }
    void change(const Json& switches) { ASSERT_EQ(change_switches(crm.switches, switches), ""); }
    Json order_body(const std::string& uuid = "A-1") {
        return {{"source_id", 4},
                {"source_uuid", uuid},
                {"buyer", {{"full_name", "Olena"}, {"phone", "+380501112233"}}},
                {"shipping_price", 70},
                {"discount_amount", 39},
                {"products", {{{"sku", "K-1"}, {"price", 390}, {"quantity", 2}}, {{"name", "Wrapping"}, {"price", 5}}}},
                {"payments", {{{"payment_method_id", 2}, {"amount", 816}, {"status", "paid"}}}}};
    }

    Crm crm{};
    Api api{crm, "demo-key", ""};
};

}  // namespace sandbox::keycrm
