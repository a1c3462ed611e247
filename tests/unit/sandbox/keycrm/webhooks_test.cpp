// What the account tells, to a real listener.
#include "tests/sandbox/keycrm/webhooks.h"

#include "tests/sandbox/kit/http_server.h"
#include "tests/unit/sandbox/keycrm/crm_fixture.h"

namespace sandbox::keycrm {
namespace {

class KeycrmWebhooks : public CrmTest {
 protected:
    KeycrmWebhooks() {
        crm.switches.webhook_retry_ms = 20;
        crm.notify = [this](const Notice& notice) { webhooks.tell(notice); };
        server = *kit::HttpServer::start({.certificate = {}}, [this](const kit::Request& request) {
            const std::scoped_lock lock(mutex);
            bodies.push_back(request.path + " " + request.body);
            return kit::json_response(answers > 0 ? (--answers, 500) : 200, "{}");
        });
        const std::string base = "http://127.0.0.1:" + std::to_string(server->http_port());
        webhooks.configure({{.url = base + "/all", .warehouses = {}}, {.url = base + "/main", .warehouses = {1}}},
                           {{.event = "order.change_order_status", .url = base + "/status", .status_ids = {4}},
                            {.event = "order.change_payment_status", .url = base + "/paid", .status_ids = {}}});
    }
    std::vector<std::string> wait() {
        EXPECT_TRUE(webhooks.wait_idle(std::chrono::seconds(20)));
        const std::scoped_lock lock(mutex);
        return std::exchange(bodies, {});
    }
    void put(int quantity) {
        ask("PUT", "/offers/stocks", Json{{"warehouse_id", 1}, {"stocks", {{{"id", 9002}, {"quantity", quantity}}}}});
    }

    std::mutex mutex{};
    std::vector<std::string> bodies{};  // guarded by mutex
    int answers = 0;                    // guarded by mutex: so many are 500
    kit::FaultEngine faults{};
    Webhooks webhooks{crm, faults};
    std::unique_ptr<kit::HttpServer> server{};
};

TEST_F(KeycrmWebhooks, AWriteByTheApiIsToldAsABareListOfSums) {
    put(7);
    EXPECT_EQ(wait(),
              (std::vector<std::string>{R"(/all [{"offer_id":9002,"sku":"K-2","in_stock":9,"in_reserve":0}])",
                                        R"(/main [{"offer_id":9002,"sku":"K-2","in_stock":7,"in_reserve":0}])"}));
}

TEST_F(KeycrmWebhooks, TriggersTellEventAndContext) {
    const Got made = ask("POST", "/order", order_body());
    EXPECT_TRUE(wait().empty()) << "the trigger is for status 4 alone, and a payment on create changes none";
    const std::string path = "/order/" + std::to_string(made.body["id"].get<Id>());
    ask("PUT", path, Json{{"status_id", 4}});
    std::vector<std::string> told = wait();
    ASSERT_EQ(told.size(), 3U) << "stock twice, status";
    const Json body = Json::parse(told.back().substr(told.back().find(' ')));
    EXPECT_EQ(body["event"], "order.change_order_status");
    EXPECT_EQ(body["context"]["status_id"], 4);
    EXPECT_EQ(body["context"]["shipping_price"], "70.00");
    EXPECT_FALSE(body["context"].contains("products"));
    ask("POST", path + "/payment", Json{{"amount", 5}, {"payment_method_id", 1}});
    told = wait();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_TRUE(told[0].starts_with("/paid"));
}

TEST_F(KeycrmWebhooks, ThreeTriesAndThenNone) {
    {
        const std::scoped_lock lock(mutex);
        answers = 100;
    }
    put(3);
    EXPECT_EQ(wait().size(), 6U);
}

TEST_F(KeycrmWebhooks, DeliveriesAreLostDoubledAndReordered) {
    ASSERT_FALSE(
        faults.add(R"([{"match":{"channel":"webhook","path_regex":"^stock"},"times":2,"fault":{"kind":"lost"}}])"));
    put(3);
    EXPECT_TRUE(wait().empty());
    faults.clear();
    ASSERT_FALSE(faults.add(R"([{"match":{"channel":"webhook"},"times":1,"fault":{"kind":"duplicate"}}])"));
    put(4);
    EXPECT_EQ(wait().size(), 3U);
    ASSERT_FALSE(
        faults.add(R"([{"match":{"channel":"webhook"},"times":2,"fault":{"kind":"reorder","delay_ms":300}}])"));
    put(5);
    put(6);
    const std::vector<std::string> told = wait();
    ASSERT_EQ(told.size(), 4U);
    EXPECT_NE(told.back().find("\"in_stock\":5"), std::string::npos) << "the older number comes last";
}

}  // namespace
}  // namespace sandbox::keycrm
