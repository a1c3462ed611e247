// Replays recorded requests of a real shop against the sandbox, without sockets, and compares the answers. One per
// test.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/sandbox/shop/api.h"

namespace sandbox::shop::testing {

Json load_capture(const std::string& name);

// A shop with the settings and, where asked, the catalogue of the recorded one: the same ids stand for the same things.
class RecordedShop {
 public:
    RecordedShop();

    // 15 simple, 16 variable with 17 and 18, 32-34 simple "Batch 1..3", 36 "Order item", customer 3.
    void fill();

    kit::Response send(const std::string& method, const std::string& url, const Json& body = nullptr,
                       const std::string& key = "ck_full:cs_full", bool secure = true);
    Json call(const std::string& method, const std::string& url, const Json& body = nullptr);
    kit::Response replay(const Json& capture);
    // Replays and compares status, key order, types, and every value that does not depend on time or on chance.
    // `except` names further fields that may differ.
    void expect_same(const std::string& name, const std::set<std::string>& except = {});

    kit::FaultEngine faults;
    Store store;
    WebhookQueue hooks;
    Context context;
    Api api;

 private:
    void burn_ids_until(std::int64_t id);
};

// One line per difference.
std::vector<std::string> differences(const Json& recorded, const Json& answered, const std::set<std::string>& except);

}  // namespace sandbox::shop::testing
