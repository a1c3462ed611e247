// Goal: the room against a program that speaks the wire on its own: mistakes that both our dialects and our tests share
// show here. Method: sandbox-erp as a child process, real HTTP, both shapes over one ledger.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "common/json/value.h"
#include "services/sors/connector.h"
#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {
namespace {

// The child; it says on its first line of output where it listens.
class Sandbox {
 public:
    explicit Sandbox(const std::string& dialect) {
        std::array<int, 2> ends{};
        EXPECT_EQ(0, pipe(ends.data()));
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            close(ends[0]);
            execl(SHOPWIRE_SANDBOX_ERP, SHOPWIRE_SANDBOX_ERP, "--dialect", dialect.c_str(), nullptr);
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
        control = "http://127.0.0.1:" + std::string(ports->root().member("control").text());
    }
    ~Sandbox() {
        kill(child_, SIGTERM);
        int status = -1;
        waitpid(child_, &status, 0);
        EXPECT_EQ(status, 0) << "the simulator did not end well";  // a sanitizer found something
    }
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    std::string api{};
    std::string control{};

 private:
    pid_t child_ = -1;
};

class SandboxOf : public ::testing::TestWithParam<const char*> {
 protected:
    SandboxOf() : sandbox_(GetParam()) {
        setenv("SORS_TEST_KEY", "demo-key", 1);
        config::Problems problems;
        const std::string yaml =
            std::string("dialect: ") + GetParam() + "\nbase_url: " + sandbox_.api +
            "\napi_key: ${env:SORS_TEST_KEY}\ndatabase: Shop2026\nunit: 1\nlookup_delay: 1ms\npage_size: 3\n";
        Result<runtime::Connector> made = spec().create(config::Node::parse(yaml, "acme.yaml", problems), context_);
        EXPECT_TRUE(made) << made.error().message;
        if (made) connector_ = *std::move(made);
    }
    ~SandboxOf() override { connector_ = {}; }

    void fault(const std::string& rules) {
        const auto answer =
            transport_->send({.method = "POST", .url = sandbox_.control + "/__sandbox/faults", .body = rules}, {});
        ASSERT_TRUE(answer);
        ASSERT_EQ(200, answer->status) << answer->body;
    }
    Result<runtime::Applied> apply(const events::Command& command) {
        return connector_.sink->apply({&command, 1}, {}).front();
    }
    Result<std::map<std::string, Decimal>> free_stock() {
        std::map<std::string, Decimal> out;
        runtime::Cursor cursor;
        for (bool more = true; more;) {
            Result<runtime::Page> page = connector_.source->read("stock", cursor, {});
            if (!page) return std::unexpected(page.error());
            for (const runtime::Change& change : page->changes) {
                if (!change.event) return std::unexpected(change.event.error());
                if (change.event->has_stock())
                    out[change.event->stock().sku()] = events::from_proto(change.event->stock().free());
            }
            cursor = page->next;
            more = page->more;
        }
        return out;
    }

    Sandbox sandbox_;
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
    std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    std::unique_ptr<http::RateLimiter> limiter_ =
        http::RateLimiter::create({.per_second = 1'000, .burst = 1'000}, system_clock());
    runtime::ConnectionContext context_{.merchant = "acme",
                                        .connection = "erp",
                                        .clock = system_clock(),
                                        .transport = *transport_,
                                        .limiter = *limiter_,
                                        .metrics = *metrics_};
    runtime::Connector connector_{};
};
INSTANTIATE_TEST_SUITE_P(Dialect, SandboxOf, ::testing::Values("sors-en", "sors-sr"),
                         [](const auto& test) { return std::string(test.param) == "sors-en" ? "English" : "Serbian"; });

TEST_P(SandboxOf, TakesAnOrderOnceAndReservesItsPieces) {
    const Status usable = connector_.probe({});
    ASSERT_TRUE(usable) << usable.error().message;
    const auto before = free_stock();
    ASSERT_TRUE(before) << before.error().message;
    const Result<runtime::Applied> first = apply(export_command());
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ("", first->result.error());
    EXPECT_EQ(dec("3500"), events::from_proto(first->result.document().total()));
    const Result<runtime::Applied> again = apply(export_command());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->result.document().found());
    EXPECT_EQ(first->result.native_id(), again->result.native_id());
    const auto after = free_stock();
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(dec("3"), before->at("A-100045") - after->at("A-100045"));

    events::Command command;
    auto& cancel = *command.mutable_cancel_document();
    cancel.set_external_number("WC-10231");
    cancel.set_document_type(events::v1::DOCUMENT_TYPE_RESERVATION);
    cancel.set_native_id(first->result.native_id());
    const Result<runtime::Applied> cancelled = apply(command);
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(before->at("A-100045"), free_stock()->at("A-100045"));
}

TEST_P(SandboxOf, FindsADocumentWhoseAnswerWasLost) {
    fault(
        R"([{"match": {"method": "POST", "path_regex": "dok|documents"}, "times": 1, "fault": {"kind": "apply_then_drop"}}])");
    const Result<runtime::Applied> lost = apply(export_command());
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind) << lost.error().message;
    const auto found = connector_.sink->find(export_command(), {});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(*found);
    EXPECT_TRUE((**found).result.document().found());
}

TEST_P(SandboxOf, RefusesAnArticleThatSorsDoesNotKnow) {
    events::Command command = export_command();
    command.mutable_export_order()->mutable_order()->mutable_lines(0)->set_sku("A-999");
    const Result<runtime::Applied> refused = apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
    EXPECT_NE(std::string::npos, refused.error().with_words().find("A-999")) << refused.error().with_words();
}

TEST_P(SandboxOf, ReadsStockThroughOddButHarmlessAnswers) {
    const auto plain = free_stock();
    ASSERT_TRUE(plain) << plain.error().message;
    for (const char* kind : {"number_as_string", "unknown_fields", "bom"}) {
        fault(
            R"([{"match": {"channel": "answer", "method": "GET", "path_regex": "stock|lager"}, "times": 100, "fault": {"kind": ")" +
            std::string(kind) + "\"}}]");
        const auto odd = free_stock();
        ASSERT_TRUE(odd) << kind << ": " << odd.error().message;
        EXPECT_EQ(*plain, *odd) << kind;
        (void)transport_->send({.method = "DELETE", .url = sandbox_.control + "/__sandbox/faults"}, {});
    }
    for (const char* kind : {"empty_page", "repeat_page"}) {
        fault(
            R"([{"match": {"channel": "answer", "method": "GET", "path_regex": "stock|lager"}, "skip": 1, "times": 1, "fault": {"kind": ")" +
            std::string(kind) + "\"}}]");
        const auto broken = free_stock();
        ASSERT_FALSE(broken) << kind;
        EXPECT_EQ(ErrorKind::kTransient, broken.error().kind) << broken.error().message;
    }
}

}  // namespace
}  // namespace shopwire::sors
