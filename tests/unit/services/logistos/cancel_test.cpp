// Goal: a cancelled order goes out no more, and one that may be out already is looked for.  Method: the sink over a
// scripted transport; the runtime's core with this room's rules.
#include "common/events/topics.h"
#include "common/runtime/sink_core.h"
#include "common/testing/memory_store.h"
#include "services/logistos/connector.h"
#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

using namespace std::chrono_literals;
using commands::v1::OUTCOME_APPLIED;
using commands::v1::OUTCOME_UNCHANGED;

class CancelOf : public DialectTest {};
INSTANTIATE_TEST_SUITE_P(Dialect, CancelOf, both_dialects(), dialect_name);

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string kNoOrderBatch = R"({"ok":false,"error":{"code":"NO_ORDER","text":"no such order"}})";
const std::string kNoOrderFlat = R"({"success":false,"message":"order not found"})";

TEST_P(CancelOf, TakesNoCancellationForAnOrderThatWasNeverSent) {
    for (const char* resend : {"resend_on_change: off", "resend_on_change: on"}) {
        Rig rig(GetParam(), resend);
        rig.connected();
        rig.transport.otherwise([&](const http::Request&, std::stop_token) {
            return http::Response{.status = 404, .body = flat_ ? kNoOrderFlat : kNoOrderBatch};
        });
        const Result<runtime::Applied> applied = rig.apply(cancel_command(""));
        ASSERT_TRUE(applied) << applied.error().message;
        EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
    }
}

// Its export landed, its answer was lost: the command has no native id.
TEST(CancelFlat, CancelsAnOrderWhoseAnswerWasLost) {
    Rig rig("logistos-flat", "resend_on_change: on");
    rig.connected();
    rig.transport.reply(200, R"({"success":true})");
    const Result<runtime::Applied> applied = rig.apply(cancel_command(""));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_APPLIED, applied->result.outcome());
    EXPECT_EQ(R"({"store_url":"https://shop.example.test","order_id":10234})", rig.transport.last().body);
}

TEST(CancelFlat, NamesThePortalWhenItCannotAskForAnOrderWhoseAnswerWasLost) {
    Rig rig;
    rig.connected();
    const Result<runtime::Applied> applied = rig.apply(cancel_command(""));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, applied->result.outcome());
    EXPECT_TRUE(has(applied->result.error(), "if the portal shows it")) << applied->result.error();
    EXPECT_TRUE(rig.transport.requests().empty());
}

TEST(CancelBatch, LooksForAnOrderWhoseAnswerWasLostBeforeItSaysThatNoneIsThere) {
    Rig rig("logistos-batch");
    rig.connected();
    rig.transport.reply(200, wire("logistos-batch").taken);
    const Result<runtime::Applied> applied = rig.apply(cancel_command(""));
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("90001/10234", applied->result.native_id());
    EXPECT_TRUE(has(applied->result.error(), "stop the parcel in the portal")) << applied->result.error();
    EXPECT_EQ("GET /integration/order?shop=https%3A%2F%2Fshop.example.test&reference=10234", rig.asked().at(0));

    rig.transport.reply(404, "<html>Not Found</html>");
    const Result<runtime::Applied> unknown = rig.apply(cancel_command(""));
    ASSERT_FALSE(unknown);  // nobody knows: a person looks
    EXPECT_EQ(ErrorKind::kAmbiguous, unknown.error().kind);
}

// A wrong address or a gateway, an unknown store: none of them knows the order.
TEST(CancelFlat, TakesOnlyAWordAboutTheOrderForItsAbsence) {
    for (const char* body : {"<html>Not Found</html>", "", R"({"detail":"Not found."})",
                             R"({"success":false,"message":"store is not registered"})", R"({"success":false})"}) {
        Rig rig("logistos-flat", "resend_on_change: on");
        rig.connected();
        rig.transport.reply(404, body);
        const Result<runtime::Applied> applied = rig.apply(cancel_command("90001/10234"));
        ASSERT_FALSE(applied) << body;
        EXPECT_EQ(ErrorKind::kRejected, applied.error().kind) << body << ": " << applied.error().message;
    }
}

TEST(CancelFlat, CancelsWhenAskedTo) {
    Rig rig("logistos-flat", "resend_on_change: on");
    rig.connected();
    rig.transport.reply(200, R"({"success":true})");
    ASSERT_TRUE(rig.apply(cancel_command("90001/10234")));
    EXPECT_EQ(R"({"store_url":"https://shop.example.test","order_id":10234})", rig.transport.last().body);
    rig.transport.reply(404, R"({"success":false,"message":"order not found"})");
    const Result<runtime::Applied> absent = rig.apply(cancel_command("90001/10234"));
    ASSERT_TRUE(absent);
    EXPECT_EQ(OUTCOME_UNCHANGED, absent->result.outcome());
}

TEST(CancelBatch, SaysWhenItCannotCancel) {
    Rig rig("logistos-batch", "resend_on_change: on");
    rig.connected();
    const Result<runtime::Applied> applied = rig.apply(cancel_command("90001/10234"));
    ASSERT_FALSE(applied);
    EXPECT_TRUE(has(applied.error().message, "stop the parcel in the portal")) << applied.error().message;
}

TEST(CancelFlat, TakesNoAnswerForACancellationThatSaysNothingOfIt) {
    for (const std::string& body : no_word()) {
        Rig rig("logistos-flat", "resend_on_change: on");
        rig.connected();
        rig.transport.otherwise(
            [&](const http::Request&, std::stop_token) { return http::Response{.status = 200, .body = body}; });
        const Result<runtime::Applied> applied = rig.apply(cancel_command("90001/10234"));
        ASSERT_FALSE(applied) << body;
        EXPECT_EQ(ErrorKind::kTransient, applied.error().kind) << body << ": " << applied.error().message;
    }
}

// The core, with log, transaction and remote system played by the test.
class Cancelled : public ::testing::Test {
 protected:
    using Core = runtime::SinkCore;

    Cancelled() {
        for (testing::MemoryStore* store : {&effects_, &parked_}) static_cast<void>(store->open({}, {0}, 1s));
        core_.configure(kConnection, 2);
        core_.open_slot(0);
    }
    void send(std::uint64_t sequence, const events::Command& action) {
        events::Command command = action;
        command.set_merchant("acme");
        command.set_connection("parcels");
        command.set_key("shop/10234");
        command.set_field_group("document");
        command.set_sequence(sequence);
        kafka::Record record = events::to_record(command, "logistos", 0, clock_.now_ms(), {});
        record.topic = "commands";
        record.partition = 0;
        record.offset = static_cast<std::int64_t>(sequence);
        core_.read(record);
        turn();
    }
    void turn() {
        core_.schedule();
        (void)core_.take_writes();
        effects_.commit();
        parked_.commit();
        core_.committed(clock_.monotonic());
        for (Core::Call& call : core_.take_calls()) calls_.push_back(std::move(call));
    }
    // Of the call that waits; tells whether it was a look-up.
    bool fail(ErrorKind kind) {
        EXPECT_EQ(1U, calls_.size());
        const Core::Call call = std::exchange(calls_, {}).at(0);
        core_.complete({.id = call.id, .answers = {std::unexpected(Error{.kind = kind, .message = "testing"})}});
        turn();
        return call.lookup;
    }
    void pass(Clock::Duration time) {
        clock_.advance(time);
        turn();
    }
    bool cancels() const { return calls_.size() == 1 && calls_[0].commands.at(0).has_cancel_document(); }

    static constexpr const char* kConnection = "acme/parcels";
    testing::FakeClock clock_{};
    testing::MemoryStore effects_{};
    testing::MemoryStore parked_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    runtime::RuntimeMetrics metrics_{*registry_, "logistos", spec().actions};
    Core core_{{.system = "logistos",
                .rules = spec().actions,
                .runtime = {.write_settle = 120s, .lookup_delay = 5s, .lookup_attempts = 2}},
               effects_,
               parked_,
               clock_,
               metrics_};
    std::vector<Core::Call> calls_{};
};

// As a create it would wait behind the order, which then went out.
TEST_F(Cancelled, AnOrderThatCouldNotBeSentIsNeverSent) {
    core_.stop_connection(kConnection, "refused", true);
    send(1, export_command());
    send(2, cancel_command(""));
    core_.resume_connection(kConnection);
    turn();
    EXPECT_TRUE(cancels());
}

TEST_F(Cancelled, AnOrderThatWasRefusedIsCancelledAtOnce) {
    send(1, export_command());
    fail(ErrorKind::kRejected);
    send(2, cancel_command(""));
    EXPECT_TRUE(cancels());
}

TEST_F(Cancelled, AnOrderInDoubtIsAskedForOnceItCanLandNoMore) {
    send(1, export_command());
    fail(ErrorKind::kAmbiguous);
    pass(5s);
    EXPECT_TRUE(fail(ErrorKind::kAmbiguous));  // nobody can tell: it parks
    send(2, cancel_command(""));
    pass(100s);
    EXPECT_TRUE(calls_.empty());
    pass(30s);
    ASSERT_TRUE(cancels());
    EXPECT_EQ("", calls_[0].commands[0].native_id());
    EXPECT_EQ("shop/10234", calls_[0].commands[0].key());
}

}  // namespace
}  // namespace shopwire::logistos
