// Goal: no order is made whose pieces stay free, since the router lets go of them once the order is confirmed.
// Method: scripted answers, then the simulator with a rule of its own for where an order begins.
#include "tests/unit/services/keycrm/simulator.h"

namespace shopwire::keycrm {
namespace {

using namespace std::chrono_literals;

std::string statuses(bool first_reserves) {
    const std::string first = first_reserves ? "true" : "false";
    return page({R"({"id":19,"group_id":6,"is_reserved":false})",
                 R"({"id":1,"group_id":1,"is_reserved":)" + first + "}", R"({"id":4,"group_id":2,"is_reserved":true})",
                 R"({"id":12,"group_id":5})"});
}

std::string shown(const std::string& status) {
    return R"({"id":7001,"source_uuid":"WC-10234","source_id":4,)" + status + R"(,"grand_total":811.0})";
}

Settings strict(std::int64_t start) {
    Settings with = settings();
    with.unreserved_orders = "refuse";
    with.create_status_id = start;
    return with;
}

class KeycrmStartStatus : public ::testing::Test {
 protected:
    static Status probe(TestAccount& test, const std::string& answer) {
        test.transport.reply(200, page({R"({"id":4,"name":"Shop"})"}));
        test.transport.reply(200, answer);
        return test.account->probe({});
    }
};

TEST_F(KeycrmStartStatus, TheProbeRefusesOneThatReservesNothing) {
    EXPECT_EQ(Settings().unreserved_orders, "refuse");
    TestAccount first(strict(0));
    const Status refused = probe(first, statuses(false));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("new orders start in status 1, which reserves no stock"), std::string::npos)
        << refused.error().message;
    TestAccount chosen(strict(1));
    EXPECT_FALSE(probe(chosen, statuses(false)));
    TestAccount reserving(strict(4));
    EXPECT_TRUE(probe(reserving, statuses(false)));
    TestAccount ticked(strict(0));
    EXPECT_TRUE(probe(ticked, statuses(true)));
    Settings knowingly = strict(0);
    knowingly.unreserved_orders = "allow";
    TestAccount allowed(knowingly);
    EXPECT_TRUE(probe(allowed, statuses(false)));
}

TEST_F(KeycrmStartStatus, FlagsAsNumbersCount) {
    TestAccount test(strict(4));
    EXPECT_TRUE(probe(test, page({R"({"id":4,"group_id":2,"is_reserved":1})", R"({"id":12,"group_id":5})",
                                  R"({"id":19,"group_id":6,"is_reserved":0})"})));
}

TEST_F(KeycrmStartStatus, TheConnectionStopsBeforeAnOrderIsMadeAndGoesOnWhenItIsMended) {
    TestAccount test(strict(0));
    test.transport.reply(200, page({}));
    test.transport.reply(200, statuses(false));
    const Result<runtime::Applied> stopped = test.apply(export_command());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::kAuth) << "stops the connection, loses nothing";
    EXPECT_EQ(test.asked(), (std::vector<std::string>{"GET /order", "GET /order/status"}));
    EXPECT_TRUE(probe(test, statuses(true))) << "somebody ticked it";
    test.transport.reply(200, page({}));
    test.transport.reply(201, kMade);
    EXPECT_TRUE(test.apply(export_command()));
    EXPECT_EQ(test.asked().back(), "POST /order") << "what the probe read is known";
}

TEST_F(KeycrmStartStatus, IsAskedAgainAfterTenMinutes) {
    TestAccount test(strict(4));
    const auto make = [&test](bool asks) {
        const std::size_t before = test.asked().size();
        test.transport.reply(200, page({}));
        if (asks) test.transport.reply(200, statuses(false));
        test.transport.reply(201, shown(R"("status_id":4,"status_group_id":2)"));
        EXPECT_TRUE(test.apply(export_command()));
        EXPECT_EQ(test.asked().size() - before, asks ? 3U : 2U);
    };
    make(true);
    make(false);
    test.clock.advance(11min);
    make(true);
}

// The order is there already, so no error of the move is one of the create: that would be sent again at once.
TEST_F(KeycrmStartStatus, AMoveThatFailsBehindTheCreateIsLookedUp) {
    for (const int status : {400, 401, 404, 422, 429, 500}) {
        TestAccount test(strict(4));
        test.transport.reply(200, page({}));
        test.transport.reply(200, statuses(false));
        test.transport.reply(201, shown(R"("status_id":1,"status_group_id":1)"));
        test.transport.reply(status, R"({"message":"x"})");
        const Result<runtime::Applied> applied = test.apply(export_command());
        ASSERT_FALSE(applied) << status;
        EXPECT_EQ(applied.error().kind, ErrorKind::kAmbiguous) << status;
        EXPECT_EQ(test.asked().back(), "PUT /order/7001") << status;
        test.transport.reply(200, page({shown(R"("status_id":1,"status_group_id":1)")}));
        test.transport.reply(202, shown(R"("status_id":4,"status_group_id":2)"));
        const Result<std::optional<runtime::Applied>> found = test.sink.find(export_command(), {});
        ASSERT_TRUE(found && *found) << status;
        EXPECT_EQ(found->value().result.native_id(), "7001");
        EXPECT_EQ(test.asked().back(), "PUT /order/7001") << "moved in the end";
    }
}

TEST_F(KeycrmStartStatus, AnAnswerWithoutAGroupMayBeOfANewOrder) {
    TestAccount test(strict(4));
    test.transport.reply(200, page({}));
    test.transport.reply(200, statuses(false));
    test.transport.reply(201, shown(R"("status_id":1)"));
    test.transport.reply(202, shown(R"("status_id":4)"));
    EXPECT_TRUE(test.apply(export_command()));
    EXPECT_EQ(test.asked().back(), "PUT /order/7001");
    // Of a status that is none of the new ones it tells enough.
    test.transport.reply(200, page({shown(R"("status_id":12)")}));
    EXPECT_TRUE(test.apply(export_command()));
    EXPECT_EQ(test.asked().back(), "GET /order");
}

TEST_F(KeycrmStartStatus, AMoveCountsOnceTheOrderShowsIt) {
    const std::string before = R"("status_id":1,"status_group_id":1)";
    const std::string after = R"("status_id":4,"status_group_id":2)";
    struct Case {
        std::string answer;
        std::string read;  // empty: it is not read
        bool reserved;
    };
    for (const Case& one :
         {Case{shown(after), "", true}, Case{shown(before), "", false}, Case{R"({"id":7001})", shown(after), true},
          Case{R"({"id":7001})", shown(before), false}, Case{R"({"status":true})", "", false}, Case{"{}", "", false}}) {
        TestAccount test(strict(4));
        test.transport.reply(200, page({}));
        test.transport.reply(200, statuses(false));
        test.transport.reply(201, shown(before));
        test.transport.reply(202, one.answer);
        if (!one.read.empty()) test.transport.reply(200, one.read);
        const Result<runtime::Applied> applied = test.apply(export_command());
        EXPECT_EQ(applied.has_value(), one.reserved) << one.answer;
        if (!applied) {
            EXPECT_EQ(applied.error().kind, ErrorKind::kAmbiguous) << one.answer;
        }
        EXPECT_EQ(test.asked().back(), one.read.empty() ? "PUT /order/7001" : "GET /order/7001") << one.answer;
    }
}

class KeycrmStartContract : public KeycrmContract {
 protected:
    KeycrmStartContract() {
        Settings settings = with();
        settings.unreserved_orders = "refuse";
        settings.create_status_id = 4;
        connect(settings);
    }
    std::string status() {
        const json::Document all = orders();
        return std::string(all.root().at(0).member("status_id").text());
    }
};

// The status of a new order stands in no spec: an account may begin it where it likes.
TEST_F(KeycrmStartContract, AnOrderThatBeganElsewhereIsMovedToTheStatusThatReserves) {
    simulator.control("switches", R"({"status_on_create":false})");
    done(order());
    EXPECT_EQ(status(), "4");
    EXPECT_EQ(free_of("9001"), decimal("8"));
}

TEST_F(KeycrmStartContract, ALostAnswerAndALostMoveEndReserved) {
    simulator.control("switches", R"({"status_on_create":false})");
    fault(R"([{"match":{"method":"POST","path_regex":"/order$"},"times":1,"fault":{"kind":"apply_then_drop"}},
              {"match":{"method":"PUT","path_regex":"/order/"},"times":1,"fault":{"kind":"status","status":500}}])");
    EXPECT_EQ(apply(order()).error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(status(), "1");
    EXPECT_FALSE(Sink(account).find(order(), {})) << "it is there, but not yet as it has to be";
    EXPECT_TRUE(Sink(account).find(order(), {}).value().has_value());
    EXPECT_EQ(status(), "4");
    EXPECT_EQ(orders().root().size(), 1U);
    EXPECT_EQ(free_of("9001"), decimal("8"));
}

TEST_F(KeycrmStartContract, ARefusedMoveMakesNoSecondOrder) {
    simulator.control("switches", R"({"status_on_create":false})");
    fault(R"([{"match":{"method":"PUT","path_regex":"/order/"},"times":1,"fault":{"kind":"status","status":429}}])");
    EXPECT_EQ(apply(order()).error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(status(), "1");
    EXPECT_TRUE(Sink(account).find(order(), {}).value().has_value());
    EXPECT_EQ(status(), "4");
    EXPECT_EQ(orders().root().size(), 1U);
    EXPECT_EQ(free_of("9001"), decimal("8"));
}

TEST_F(KeycrmStartContract, OneThatAPersonMovedOnIsLeft) {
    const std::string id = done(order()).result.native_id();
    simulator.control("order", R"({"id":)" + id + R"(,"status_id":2})");
    EXPECT_TRUE(done(order()).result.document().found());
    EXPECT_EQ(status(), "2");
}

}  // namespace
}  // namespace shopwire::keycrm
