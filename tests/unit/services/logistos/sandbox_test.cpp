// Goal: the connector against a platform that speaks the wire on its own: mistakes that our dialects and our tests
// share show here.  Method: the simulator as a process, real HTTP, both dialects; its own record is the truth.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/http/client.h"
#include "common/json/value.h"
#include "services/logistos/connector.h"
#include "tests/unit/services/logistos/rig.h"

namespace shopwire::logistos {
namespace {

constexpr const char* kToken = "t0ken-of-the-seller";

// The child; it says on its first line of output where it listens.
class Sandbox {
 public:
    Sandbox() {
        std::array<int, 2> ends{};
        EXPECT_EQ(0, pipe(ends.data()));
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            close(ends[0]);
            execl(SANDBOX_LOGISTOS, SANDBOX_LOGISTOS, "--token", kToken, nullptr);
            _exit(127);
        }
        close(ends[1]);
        std::string line;
        pollfd waiting{.fd = ends[0], .events = POLLIN, .revents = 0};
        for (char c = 0; c != '\n' && poll(&waiting, 1, 20'000) == 1 && read(ends[0], &c, 1) == 1;) line += c;
        close(ends[0]);
        const auto ports = json::Document::parse(line);
        EXPECT_TRUE(ports) << line;
        if (!ports) return;
        api = "http://127.0.0.1:" + std::string(ports->root().member("http").text());
        control_ = "http://127.0.0.1:" + std::string(ports->root().member("control").text()) + "/__sandbox/";
    }
    ~Sandbox() {
        kill(child_, SIGTERM);
        int status = -1;
        waitpid(child_, &status, 0);
        EXPECT_EQ(status, 0) << "the simulator did not end well";  // a sanitizer found something
    }
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    // GET without a body.
    json::Document control(const std::string& call, const std::string& body = {}) {
        const auto answer =
            transport_->send({.method = body.empty() ? "GET" : "POST", .url = control_ + call, .body = body}, {});
        EXPECT_TRUE(answer && answer->status == 200)
            << call << ": " << (answer ? answer->body : answer.error().message);
        return *json::Document::parse(answer ? answer->body : "{}");
    }

    void clear_faults() { (void)transport_->send({.method = "DELETE", .url = control_ + "faults"}, {}); }

    std::string api{};

 private:
    std::string control_{};
    pid_t child_ = -1;
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
};

class SandboxOf : public ::testing::TestWithParam<const char*> {
 public:
    ~SandboxOf() override { connector_ = {}; }

 protected:
    SandboxOf() { connector_ = make(); }

    runtime::Connector make(const std::string& more = {}) {
        std::string yaml = settings_yaml(GetParam(), more);
        const std::string address = "https://logistos.example";
        yaml.replace(yaml.find(address), address.size(), sandbox_.api);
        config::Problems problems;
        Result<runtime::Connector> made = spec().create(config::Node::parse(yaml, "acme.yaml", problems), context_);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *std::move(made) : runtime::Connector{};
    }
    void connect() {
        const auto page = connector_.source->read("integration", {}, {});
        ASSERT_TRUE(page) << page.error().message;
    }
    Result<runtime::Applied> apply(const events::Command& command) {
        return connector_.sink->apply({&command, 1}, {}).front();
    }
    static events::Command order(const std::string& id) {
        events::v1::Order order = sample_order();
        order.set_native_id(id);
        events::Command command = export_command(order);
        command.mutable_export_order()->set_external_number("WC-" + id);
        return command;
    }
    std::vector<std::string> pass() {
        std::vector<std::string> out;
        for (bool more = true; more;) {
            const auto page = connector_.source->read("tracking", {cursor_}, {});
            EXPECT_TRUE(page) << page.error().message;
            if (!page) return out;
            for (const runtime::Change& change : page->changes) {
                EXPECT_TRUE(change.event) << change.event.error().message;
                if (change.event)
                    out.push_back(change.event->shipment().external_number() + " " + change.event->shipment().status());
            }
            cursor_ = page->next.text;
            more = page->more;
        }
        std::ranges::sort(out);
        return out;
    }
    // Until clear_faults(): the client repeats what it may.
    void fault(const std::string& kind, const std::string& path) {
        (void)sandbox_.control("faults",
                               R"([{"match":{"method":"POST","path_regex":")" + path + R"("},"fault":)" + kind + "}]");
    }
    std::size_t orders() { return sandbox_.control("orders").root().size(); }

    Sandbox sandbox_;
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter_ =
        http::RateLimiter::create({.per_second = 1'000, .burst = 1'000}, system_clock());
    runtime::ConnectionContext context_{.merchant = "acme",
                                        .connection = "parcels",
                                        .clock = system_clock(),
                                        .transport = *transport_,
                                        .limiter = *limiter_,
                                        .metrics = *metrics_};
    runtime::Connector connector_{};
    std::string cursor_{};
};
INSTANTIATE_TEST_SUITE_P(Dialect, SandboxOf, both_dialects(), dialect_name);

TEST_P(SandboxOf, ConnectsTheStoreThenTakesEachOrderOnce) {
    const Status usable = connector_.probe({});
    ASSERT_TRUE(usable) << usable.error().message;
    const Result<runtime::Applied> early = apply(order("1"));
    ASSERT_FALSE(early);
    EXPECT_EQ(ErrorKind::kRateLimited, early.error().kind);
    connect();
    const Result<runtime::Applied> first = apply(order("1"));
    ASSERT_TRUE(first) << first.error().message;
    const Result<runtime::Applied> again = apply(order("1"));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(first->result.native_id(), again->result.native_id());
    EXPECT_EQ(1U, orders());
    const json::Document state = sandbox_.control("state");
    const json::Value store = state.root().member("stores").at(0);
    EXPECT_EQ("https://shop.example.test", store.member("url").text());
    EXPECT_EQ("1", store.member("connects").text());
}

TEST_P(SandboxOf, SendsOrdersThatTheStrictPlatformTakes) {
    connect();
    for (const char* id : {"1", "2"}) {
        events::Command command = order(id);
        auto& person = *command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear();
        if (std::string(id) == "2") person.mutable_shipping()->Clear();
        const Result<runtime::Applied> taken = apply(command);
        EXPECT_TRUE(taken) << taken.error().message;
    }
    const json::Document taken = sandbox_.control("orders");
    ASSERT_EQ(2U, taken.root().size());
    EXPECT_EQ("WC-1", taken.root().at(0).member("number").text());
    EXPECT_EQ("1", taken.root().at(0).member("reference").text());
}

TEST_P(SandboxOf, ReadsAConflictAsDone) {
    connect();
    ASSERT_TRUE(apply(order("1")));
    (void)sandbox_.control("settings", R"({"on_repeat":"conflict"})");
    const Result<runtime::Applied> again = apply(order("1"));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->result.document().found());
}

TEST_P(SandboxOf, FindsAnOrderWhoseAnswerWasLost) {
    connect();
    fault(R"({"kind":"apply_then_drop"})", "orders");
    const Result<runtime::Applied> lost = apply(order("1"));
    ASSERT_FALSE(lost);
    const bool repeats = std::string(GetParam()) == "logistos-flat";
    EXPECT_EQ(repeats ? ErrorKind::kTransient : ErrorKind::kAmbiguous, lost.error().kind) << lost.error().message;
    sandbox_.clear_faults();
    const auto found = connector_.sink->find(order("1"), {});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(!repeats, found->has_value());
    const Result<runtime::Applied> made = repeats ? apply(order("1")) : found->value();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made->result.native_id().starts_with("90001/"));
    EXPECT_EQ(1U, orders());
}

TEST_P(SandboxOf, KnowsThatALostRequestDidNotArrive) {
    connect();
    fault(R"({"kind":"drop_before"})", "orders");
    ASSERT_FALSE(apply(order("1")));
    sandbox_.clear_faults();
    const auto found = connector_.sink->find(order("1"), {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found);  // a look-up makes nothing
    EXPECT_TRUE(apply(order("1")));
    EXPECT_EQ(1U, orders());
}

TEST_P(SandboxOf, StopsForAStoreThatLogistosDoesNotKnowAndGoesOnWhenItDoes) {
    (void)sandbox_.control("settings", R"({"require_registered":true})");
    const auto refused = connector_.source->read("integration", {}, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kAuth, refused.error().kind) << refused.error().message;
    EXPECT_TRUE(connector_.probe({}));  // worth another try
    (void)sandbox_.control("register", R"({"store":"https://shop.example.test"})");
    connect();
    EXPECT_TRUE(apply(order("1")));
}

TEST_P(SandboxOf, NeverFollowsARedirect) {
    connect();
    (void)sandbox_.control("settings", R"({"plain_form":"301","slash_form":"serve"})");
    const Result<runtime::Applied> applied = apply(order("1"));
    ASSERT_FALSE(applied);
    EXPECT_NE(std::string::npos, applied.error().message.find("trailing_slash")) << applied.error().message;
    EXPECT_EQ(0U, orders());
    connector_ = make("trailing_slash: on");
    connect();
    const Result<runtime::Applied> served = apply(order("1"));
    EXPECT_TRUE(served) << served.error().message;
    EXPECT_EQ(1U, orders());
}

TEST_P(SandboxOf, SurvivesPagesOfHtmlAndBusyMoments) {
    connect();
    fault(R"({"kind":"status","status":429,"retry_after":0})", "orders");
    Result<runtime::Applied> applied = apply(order("1"));
    ASSERT_FALSE(applied);
    EXPECT_EQ(ErrorKind::kRateLimited, applied.error().kind) << applied.error().message;
    sandbox_.clear_faults();
    fault(R"({"kind":"html","status":502})", "orders");
    applied = apply(order("1"));
    ASSERT_FALSE(applied);
    EXPECT_EQ(std::string::npos, applied.error().message.find("<html>")) << applied.error().message;
    (void)sandbox_.control("reset", "{}");
    connect();
    EXPECT_TRUE(apply(order("1")));
}

TEST_P(SandboxOf, TracksParcelsToTheirEnd) {
    connect();
    ASSERT_TRUE(apply(order("1")));
    ASSERT_TRUE(apply(order("2")));
    EXPECT_EQ((std::vector<std::string>{"WC-1 BOOKED", "WC-2 BOOKED"}), pass());
    EXPECT_TRUE(pass().empty());
    (void)sandbox_.control("status", R"({"awb":"LG1000002","status":"HELD_AT_CUSTOMS"})");
    (void)sandbox_.control("clock", R"({"advance_seconds":3600})");
    EXPECT_EQ((std::vector<std::string>{"WC-1 NOT_PICKED", "WC-2 HELD_AT_CUSTOMS"}), pass());
    (void)sandbox_.control("expire-tokens", "{}");
    (void)sandbox_.control("clock", R"({"advance_seconds":36000})");
    EXPECT_EQ((std::vector<std::string>{"WC-1 DELIVERED"}), pass());
    EXPECT_EQ("2", sandbox_.control("state").root().member("logins").text());
}

TEST_P(SandboxOf, ResendsOnlyWhenToldTo) {
    connect();
    const Result<runtime::Applied> first = apply(order("10234"));
    ASSERT_TRUE(first);
    connector_ = make("resend_on_change: on");
    connect();
    events::Command command = update_command(first->result.native_id());
    command.mutable_update_order()->mutable_order()->mutable_personal()->mutable_clear()->set_note("ring twice");
    const Result<runtime::Applied> changed = apply(command);
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_NE(std::string::npos, sandbox_.control("orders").root().at(0).dump().find("ring twice"));
    (void)sandbox_.control("settings", R"({"on_change":"conflict"})");
    command.mutable_update_order()->mutable_order()->mutable_personal()->mutable_clear()->set_note("ring once");
    EXPECT_FALSE(apply(command));
    EXPECT_EQ(1U, orders());
}

TEST_P(SandboxOf, DisconnectsAsFarAsItCan) {
    const auto page = connector_.source->read("integration", {}, {});
    ASSERT_TRUE(page);
    connector_ = make("integration: disconnect");
    ASSERT_TRUE(connector_.source->read("integration", page->next, {}));
    const json::Document state = sandbox_.control("state");
    const bool can = std::string(GetParam()) == "logistos-batch";
    EXPECT_EQ(!can, state.root().member("stores").at(0).member("connected").boolean());
}

TEST_P(SandboxOf, LeavesNoKeyBehind) {
    ASSERT_TRUE(connector_.source->read("integration", {}, {}));
    const auto lines = connector_.leave({});
    ASSERT_TRUE(lines) << lines.error().message;
    const json::Document state = sandbox_.control("state");
    const bool can = std::string(GetParam()) == "logistos-batch";
    EXPECT_EQ(!can, state.root().member("stores").at(0).member("connected").boolean());
}

}  // namespace
}  // namespace shopwire::logistos
