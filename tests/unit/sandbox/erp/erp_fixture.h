// An ERP with demo data for tests, asked without a network through both wire shapes and through its control routes. One
// thread.
#pragma once

#include "tests/sandbox/erp/control_api.h"
#include "tests/sandbox/erp/english_api.h"
#include "tests/sandbox/erp/serbian_api.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace sandbox::erp {

struct Reply {
    int status = 0;
    std::string text{};
    Json json{};
};

class ErpTest : public ::testing::Test {
 protected:
    ErpTest();

    // `target` is path and query as in a URL; `authorization` the whole header.
    Reply english(const std::string& method, const std::string& target, const Json& body = {},
                  const std::string& authorization = "ApiKey demo-key");
    Reply serbian(const std::string& method, const std::string& target, const Json& body = {},
                  const std::string& authorization = "ApiKey demo-key");
    Reply control(const std::string& method, const std::string& target, const Json& body = {});

    void set(const std::string& setting, const Json& value);
    void fault(const std::string& kind, int times = 1);

    // A document of the demo customer in unit 1 through sors-en: `quantity` of A-100045 at 100.00 each.
    Reply post(const std::string& type, const std::string& external_number, double quantity);
    Reply post_return(const std::string& external_number, const std::string& base_type, int base_id, double quantity);
    const UnitStock& stock(const std::string& code = "A-100045", int unit = 1);
    std::string debt();

    World world{"demo-key"};
    kit::FaultEngine faults;
    EnglishApi english_api{world, faults};
    SerbianApi serbian_api{world, faults};
    kit::Router control_router;
};

}  // namespace sandbox::erp
