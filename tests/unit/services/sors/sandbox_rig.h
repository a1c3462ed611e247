// One connection to sandbox-erp as a child process: real HTTP, both shapes over one ledger.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "common/json/value.h"
#include "services/sors/connector.h"
#include "tests/unit/services/sors/rig.h"

namespace shopwire::sors {

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

// Text of a built-in dialect, for tests that change it.
inline std::string dialect_text(std::string_view name) {
    for (const dialect::BuiltIn& known : built_in_dialects())
        if (known.name == name) return std::string(known.text);
    return {};
}

inline std::string without_operation(std::string text, const std::string& operation) {
    const std::size_t begin = text.find("\n  " + operation + ":\n");
    EXPECT_NE(begin, std::string::npos) << operation;
    const std::size_t end = text.find("\n\n  ", begin);
    return end == std::string::npos ? text.substr(0, begin + 1) : text.erase(begin, end + 1 - begin);
}

class SandboxOf : public ::testing::TestWithParam<const char*> {
 public:
    ~SandboxOf() override {
        connector_ = {};
        std::filesystem::remove(own_dialect_);
    }

 protected:
    SandboxOf() : sandbox_(GetParam()) { connect(); }

    // `more` are further settings; `text` is a dialect of one's own.
    void connect(const std::string& more = {}, const std::string& text = {}) {
        connector_ = {};
        setenv("SORS_TEST_KEY", "demo-key", 1);
        setenv("SORS_TEST_MEDIA", "a secret of thirty-two characters", 1);
        std::string dialect = GetParam();
        if (!text.empty()) {
            std::ofstream(own_dialect_) << text;
            dialect = own_dialect_.string();
        }
        config::Problems problems;
        std::string yaml = "dialect: " + dialect + "\nbase_url: " + sandbox_.api +
                           "\napi_key: ${env:SORS_TEST_KEY}\nlookup_delay: 1ms\npage_size: 3\n" + more + "\n";
        if (!more.contains("databases:")) yaml += "database: Shop2026\n";
        if (!more.contains("unit: ")) yaml += "unit: 1\n";
        Result<runtime::Connector> made = spec().create(config::Node::parse(yaml, "acme.yaml", problems), context_);
        ASSERT_TRUE(made) << made.error().message;
        connector_ = *std::move(made);
    }

    void control(const std::string& path, const std::string& body, const std::string& method = "POST") {
        const auto answer =
            transport_->send({.method = method, .url = sandbox_.control + "/__sandbox/" + path, .body = body}, {});
        ASSERT_TRUE(answer);
        ASSERT_EQ(200, answer->status) << path << ": " << answer->body;
    }
    void fault(const std::string& rules) { control("faults", rules); }
    void no_fault() { control("faults", "", "DELETE"); }

    // How many requests the system answered so far, by method and status: "POST 502".
    std::int64_t requests(const std::string& what) {
        const auto answer =
            transport_->send({.url = sandbox_.control + "/__sandbox/requests", .query = {{"limit", "0"}}}, {});
        const auto log = json::Document::parse(answer ? answer->body : "");
        EXPECT_TRUE(log);
        const std::string count = log ? std::string(log->root().member("counts").member(what).text()) : "";
        return count.empty() ? 0 : std::stoll(count);
    }

    Result<runtime::Applied> apply(const events::Command& command) {
        return connector_.sink->apply({&command, 1}, {}).front();
    }
    // Every event of a pass, in order.
    Result<std::vector<events::Event>> read(std::string_view stream) {
        std::vector<events::Event> out;
        runtime::Cursor cursor;
        for (bool more = true; more;) {
            Result<runtime::Page> page = connector_.source->read(stream, cursor, {});
            if (!page) return std::unexpected(page.error());
            for (runtime::Change& change : page->changes) {
                if (!change.event) return std::unexpected(change.event.error());
                EXPECT_TRUE(events::check(*change.event)) << events::check(*change.event).error().message;
                out.push_back(*std::move(change.event));
            }
            cursor = page->next;
            more = page->more;
        }
        return out;
    }
    Result<std::map<std::string, Decimal>> free_stock() {
        const auto all = read("stock");
        if (!all) return std::unexpected(all.error());
        std::map<std::string, Decimal> out;
        for (const events::Event& event : *all)
            if (event.has_stock()) out[event.stock().sku()] = events::from_proto(event.stock().free());
        return out;
    }
    // "reservation WC-1 open 3500.00" of each document in the ledger.
    std::vector<std::string> documents(const std::string& database = "Shop2026") {
        const auto answer =
            transport_->send({.method = "GET", .url = sandbox_.control + "/__sandbox/state/" + database}, {});
        std::vector<std::string> out;
        const auto state = json::Document::parse(answer ? answer->body : "");
        EXPECT_TRUE(state);
        if (!state) return out;
        const json::Value documents = state->root().member("databases").member(database).member("documents");
        for (std::size_t i = 0; i < documents.size(); ++i) {
            const json::Value one = documents.at(i);
            const auto text = [&one](const char* name) { return std::string(one.member(name).text()); };
            out.push_back(text("documentType") + " " + text("externalNumber") + " " + text("status") + " " +
                          dec(text("total")).text(2));
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
                                        .public_url = "https://public.example/webhooks/acme/erp",
                                        .clock = system_clock(),
                                        .transport = *transport_,
                                        .limiter = *limiter_,
                                        .metrics = *metrics_};
    const std::filesystem::path own_dialect_ =
        std::filesystem::path(::testing::TempDir()) / ("sors-" + std::to_string(getpid()) + ".yaml");
    runtime::Connector connector_{};
};

inline std::string dialect_name(const ::testing::TestParamInfo<const char*>& test) {
    return std::string(test.param) == "sors-en" ? "English" : "Serbian";
}

}  // namespace shopwire::sors
