#include "common/runtime/intake_server.h"

#include <gtest/gtest.h>

#include "common/events/topics.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_producer.h"

namespace shopwire::runtime {
namespace {

class OrdersIntake final : public Intake {
 public:
    Received receive(const http::ServerRequest& request) override {
        if (request.body == "ping") return {.kind = "ping"};
        if (request.body == "forged") return {.status = 401, .kind = "bad_signature"};
        Received received;
        if (request.path.ends_with("/shop") && request.query == "told") {
            received.status = 202;
            received.body = R"({"taken":1})";
            received.on_durable = [this] { ++durable; };
        }
        if (request.body == "broken") {
            received.changes.push_back(
                {.raw = request.body, .event = rejected("reading an order: $.id: expected number")});
            return received;
        }
        events::Event event;
        event.mutable_order()->set_native_id(request.body);
        event.mutable_order()->set_currency("EUR");
        received.changes.push_back({.raw = request.body, .event = std::move(event)});
        return received;
    }
    int durable = 0;
};

class IntakeTest : public ::testing::Test {
 protected:
    IntakeTest() {
        auto shop = std::make_shared<LiveConnection>();
        shop->id = "m/shop";
        shop->merchant = "m";
        shop->settings.name = "shop";
        auto intake = std::make_unique<OrdersIntake>();
        intake_ = intake.get();
        shop->connector.intake = std::move(intake);
        connection_ = shop;
    }
    http::ServerResponse post(const std::string& path, const std::string& body) {
        return handler_.answer({.method = "POST", .path = path, .body = body});
    }
    double counted(const std::string& kind) { return metrics_.webhooks("m/shop").kinds.at(kind)->value(); }

    testing::FakeClock clock_{};
    testing::MemoryProducer producer_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    RuntimeMetrics metrics_{*registry_, "acme", {}};
    ConnectionPtr connection_{};
    OrdersIntake* intake_ = nullptr;
    IntakeHandler handler_{"acme", [this](const std::string& id) { return id == "m/shop" ? connection_ : nullptr; },
                           producer_, clock_, metrics_};
};

TEST_F(IntakeTest, AnswersOkOnlyAfterDelivery) {
    EXPECT_EQ(post("/webhooks/m/shop", "7").status, 200);
    ASSERT_EQ(producer_.records().size(), 1U);
    const Result<events::Event> event = events::parse_event(producer_.records().front());
    ASSERT_TRUE(event);
    EXPECT_EQ(event->source().origin(), events::v1::ORIGIN_WEBHOOK);
    EXPECT_EQ(event->source().merchant(), "m");
    EXPECT_EQ(event->source().read_started_at_ms(), 0);
    EXPECT_EQ(event->source().content_hash().size(), 16U);
    EXPECT_EQ(counted("ok"), 1);
}

TEST_F(IntakeTest, TellsTheConnectorWhenItsChangesAreDurable) {
    const http::ServerRequest request{.method = "POST", .path = "/webhooks/m/shop", .query = "told", .body = "7"};
    producer_.fail_next(1, {.kind = ErrorKind::kTransient, .message = "testing"});
    EXPECT_EQ(handler_.answer(request).status, 503);
    EXPECT_EQ(intake_->durable, 0);
    const http::ServerResponse answer = handler_.answer(request);
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body, R"({"taken":1})");
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_EQ(intake_->durable, 1);
}

TEST_F(IntakeTest, AnswersUnavailableWhenItIsNotDurable) {
    producer_.fail_next(1, {.kind = ErrorKind::kTransient, .message = "testing"});
    EXPECT_EQ(post("/webhooks/m/shop", "7").status, 503);
    EXPECT_EQ(counted("not_durable"), 1);
    EXPECT_EQ(counted("ok"), 0);
}

TEST_F(IntakeTest, AFailedTranslationIsADurableDeadLetterBeforeTheAnswer) {
    EXPECT_EQ(post("/webhooks/m/shop", "broken").status, 200);
    EXPECT_EQ(producer_.records(events::dead_letter_topic()).size(), 1U);
    producer_.fail_next(1, {.kind = ErrorKind::kTransient, .message = "testing"});
    EXPECT_EQ(post("/webhooks/m/shop", "broken").status, 503);
}

TEST_F(IntakeTest, PassesOnWhatTheConnectorAnswers) {
    EXPECT_EQ(post("/webhooks/m/shop", "ping").status, 200);
    EXPECT_EQ(post("/webhooks/m/shop", "forged").status, 401);
    EXPECT_TRUE(producer_.records().empty());
    EXPECT_EQ(counted("ping"), 1);
    EXPECT_EQ(counted("bad_signature"), 1);
}

TEST_F(IntakeTest, UnknownPathsAndConnectionsAreNotFound) {
    for (const char* path : {"/", "/webhooks/", "/webhooks/m", "/webhooks/m/other", "/webhooks/m/other/shop"}) {
        EXPECT_EQ(post(path, "7").status, 404) << path;
    }
}

TEST_F(IntakeTest, WhatFollowsTheConnectionsNameIsTheConnectors) {
    EXPECT_EQ(post("/webhooks/m/shop/secret/more", "ping").status, 200);
    EXPECT_EQ(counted("ping"), 1);
}

}  // namespace
}  // namespace shopwire::runtime
