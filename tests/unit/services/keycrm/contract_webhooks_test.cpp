// Goal: what the account pushes arrives, in whatever order, and its limit is kept.  Method: as contract_test.cpp, with
// a real server that takes the webhooks.
#include <mutex>
#include <set>

#include "common/http/server.h"
#include "services/keycrm/intake.h"
#include "tests/unit/services/keycrm/simulator.h"

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;
using commands::v1::OUTCOME_APPLIED;

// Everything that the account tells is taken by a real server, as it comes.
class KeycrmWebhooks : public KeycrmContract {
 protected:
    KeycrmWebhooks() {
        server_ = *http::Server::start({}, [this](const http::ServerRequest& request) {
            const runtime::Intake::Received received = Intake(account).receive(request);
            const std::lock_guard lock(mutex_);
            kinds.insert(std::string(received.kind));
            for (const runtime::Change& change : received.changes)
                if (change.event) events_.push_back(*change.event);
            return http::ServerResponse{.status = received.status};
        });
        const std::string url =
            "http://127.0.0.1:" + std::to_string(server_->port()) + "/webhooks/acme/crm/" + kSecretPath;
        simulator.control("webhooks", R"({"stock":[{"url":")" + url + R"("}],"triggers":[)" +
                                          R"({"event":"order.change_order_status","url":")" + url + R"("},)" +
                                          R"({"event":"order.change_payment_status","url":")" + url + R"("}]})");
    }
    std::vector<events::Event> told() {
        for (int i = 0; i < 500 && !simulator.control("state").root().member("webhooks_idle").boolean(); ++i)
            system_clock().sleep_for(10ms, {});
        const std::lock_guard lock(mutex_);
        return std::exchange(events_, {});
    }
    std::multiset<std::string> kinds{};

 private:
    std::mutex mutex_{};
    std::vector<events::Event> events_{};
    std::unique_ptr<http::Server> server_{};
};

TEST_F(KeycrmWebhooks, StockIsToldAtOnceAndConfirmedByAReading) {
    simulator.control("stock", R"({"offer_id":9001,"quantity":"7"})");
    const std::vector<events::Event> events = told();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].stock().sku(), "K-1");
    EXPECT_EQ(events::from_proto(events[0].stock().free()), decimal("7"));
    EXPECT_EQ(events[0].source().read_started_at_ms(), 0);
    runtime::Cursor cursor;
    const std::vector<events::Event> confirmed = drain(kFollowUps, cursor);
    ASSERT_EQ(confirmed.size(), 1U);
    EXPECT_EQ(events::from_proto(confirmed[0].stock().free()), decimal("7"));
    EXPECT_GT(confirmed[0].source().read_started_at_ms(), 0);
}

TEST_F(KeycrmWebhooks, WebhooksInTheWrongOrderAreSetRightByTheReading) {
    fault(
        R"([{"match":{"channel":"webhook","path_regex":"^stock"},"times":1,"fault":{"kind":"reorder","delay_ms":200}}])");
    simulator.control("stock", R"({"offer_id":9001,"quantity":"7"})");
    simulator.control("stock", R"({"offer_id":9001,"quantity":"6"})");
    const std::vector<events::Event> events = told();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events::from_proto(events[1].stock().free()), decimal("7")) << "the older one came last";
    runtime::Cursor cursor;
    EXPECT_EQ(events::from_proto(drain(kFollowUps, cursor).at(0).stock().free()), decimal("6"));
}

TEST_F(KeycrmWebhooks, OurOwnStockWriteIsRecognisedAndAManagersIsNot) {
    simulator.control("switches", R"({"stock_lag_ms":150})");  // a 202 shows later
    EXPECT_EQ(done(stock("K-2", "5")).result.outcome(), OUTCOME_APPLIED);
    system_clock().sleep_for(300ms, {});
    simulator.control("stock/9002");
    EXPECT_TRUE(told().empty());
    EXPECT_EQ(kinds.count("ignored"), 1U);
    simulator.control("stock", R"({"offer_id":9002,"quantity":"1"})");
    EXPECT_EQ(told().size(), 1U);
}

TEST_F(KeycrmWebhooks, StatusAndPaymentAreToldAndTheParcelFollows) {
    const std::string id = done(order()).result.native_id();
    (void)told();
    runtime::Cursor cursor;
    (void)drain(kFollowUps, cursor);
    simulator.control("order", R"({"id":)" + id + R"(,"status_id":10,"tracking_code":"5900"})");
    const std::vector<events::Event> events = told();
    std::set<std::string> statuses;
    for (const events::Event& event : events)
        if (event.has_document()) statuses.insert(event.document().status());
    EXPECT_EQ(statuses, std::set<std::string>{"10"});
    bool parcel = false;
    for (const events::Event& event : drain(kFollowUps, cursor)) parcel |= event.shipment().tracking_number() == "5900";
    EXPECT_TRUE(parcel);
}

TEST_F(KeycrmWebhooks, ATruncatedDeliveryIsKeptAndHarmsNothing) {
    fault(R"([{"match":{"channel":"webhook","path_regex":"^stock"},"times":1,"fault":{"kind":"truncate"}}])");
    simulator.control("stock", R"({"offer_id":9001,"quantity":"7"})");
    EXPECT_TRUE(told().empty());
    EXPECT_EQ(kinds.count("bad_body"), 1U);
}

class KeycrmLimit : public KeycrmContract, public ::testing::WithParamInterface<int> {};

// Both texts of the vendor: past the limit a write says when to come again, and nothing was done.
TEST_P(KeycrmLimit, PastTheLimitNothingIsDoneAndTheWaitIsKnown) {
    simulator.control("switches", R"({"rate_per_minute":)" + std::to_string(GetParam()) + "}");
    simulator.control("limit-reset", "{}");
    runtime::Cursor cursor;
    for (int i = 0; i < GetParam() - 1; ++i)
        ASSERT_TRUE(account->client().dictionary(Dictionary::kStatuses, 1, {})) << i;
    const Result<runtime::Applied> limited =
        apply(order());  // the look is the last of the minute, the write is too many
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().kind, ErrorKind::kRateLimited);
    ASSERT_TRUE(limited.error().retry_after);
    EXPECT_GT(*limited.error().retry_after, 30s);
    EXPECT_EQ(orders().root().size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Profiles, KeycrmLimit, ::testing::Values(20, 60));

}  // namespace
}  // namespace shopwire::keycrm
