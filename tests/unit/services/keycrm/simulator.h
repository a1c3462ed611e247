// An account that is simulated by a process of its own, and a connection to it.  For tests.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "services/keycrm/source.h"
#include "tests/unit/services/keycrm/account_fixture.h"

namespace shopwire::keycrm {

// One simulated account; ends with the test.
class Simulator {
 public:
    Simulator() {
        std::string pattern = (std::filesystem::temp_directory_path() / "shopwire-keycrm-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = pattern;
        std::vector<std::string> words{SANDBOX_KEYCRM, "--rate", "0", "--key", "key", "--ready-file", ready().string()};
        if (const char* record = std::getenv("SHOPWIRE_KEYCRM_RECORD")) {
            words.emplace_back("--record");
            words.emplace_back(record);
        }
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (::posix_spawn(&pid_, SANDBOX_KEYCRM, nullptr, nullptr, arguments.data(), environ) != 0)
            throw std::runtime_error("the simulator does not start");
        for (int i = 0; i < 1000 && !std::filesystem::exists(ready()); ++i)
            system_clock().sleep_for(std::chrono::milliseconds(10), {});
        std::stringstream text;
        text << std::ifstream(ready()).rdbuf();
        const json::Document ports = parsed(text.str());
        url = "http://127.0.0.1:" + std::string(ports.root().member("http").text()) + "/v1";
        control_ = "http://127.0.0.1:" + std::string(ports.root().member("control").text()) + "/__sandbox/";
    }
    ~Simulator() {
        ::kill(pid_, SIGTERM);
        int status = -1;
        ::waitpid(pid_, &status, 0);
        EXPECT_EQ(status, 0) << "the simulator did not end well";  // a sanitizer found something
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    json::Document control(const std::string& call, const std::string& body = "", const std::string& method = "") {
        http::Request request{.method = !method.empty() ? method
                                        : body.empty()  ? "GET"
                                                        : "POST",
                              .url = control_ + call,
                              .body = body};
        const Result<http::Response> answer = transport_->send(request, {});
        if (!answer || answer->status >= 300)
            throw std::runtime_error(call + ": " + (answer ? answer->body : answer.error().message));
        return parsed(answer->body);
    }
    std::string url{};

 private:
    std::filesystem::path ready() const { return folder_ / "ready.json"; }
    std::filesystem::path folder_{};
    pid_t pid_ = 0;
    std::string control_{};
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
};

class KeycrmContract : public ::testing::Test {
 protected:
    KeycrmContract() { connect(with()); }

    Settings with() const {
        Settings settings = keycrm::settings();
        settings.base_url = simulator.url;
        settings.overlap = std::chrono::seconds(10);
        return settings;
    }
    void connect(Settings settings) {
        account = std::make_shared<Account>(std::move(settings), runtime::ConnectionContext{.merchant = "acme",
                                                                                            .connection = "crm",
                                                                                            .clock = system_clock(),
                                                                                            .transport = *transport,
                                                                                            .limiter = *limiter,
                                                                                            .metrics = *metrics});
    }
    static events::Command order(const std::string& number = "WC-1", const std::string& sku = "K-1") {
        events::Command command = export_command();
        command.mutable_export_order()->set_external_number(number);
        command.mutable_export_order()->mutable_order()->mutable_lines(0)->set_sku(sku);
        return command;
    }
    static events::Command changed(const events::v1::Order& order, const std::string& id) {
        events::Command command;
        command.set_native_id(id);
        *command.mutable_update_order()->mutable_order() = order;
        command.mutable_update_order()->set_external_number("WC-1");
        return command;
    }
    static events::Command stock(const std::string& sku, const std::string& quantity) {
        events::Command command;
        command.mutable_set_stock()->set_sku(sku);
        set(command.mutable_set_stock()->mutable_quantity(), quantity);
        return command;
    }
    Result<runtime::Applied> apply(const events::Command& command) {
        return Sink(account).apply({&command, 1}, {}).front();
    }
    runtime::Applied done(const events::Command& command) {
        Result<runtime::Applied> applied = apply(command);
        EXPECT_TRUE(applied) << applied.error().message;
        return applied ? *std::move(applied) : runtime::Applied{};
    }
    void fault(const std::string& rules) { simulator.control("faults", rules); }
    // The first order as the account has it.
    json::Document orders() { return simulator.control("orders"); }
    std::vector<events::Event> drain(std::string_view stream, runtime::Cursor& cursor) {
        Source source(account);
        std::vector<events::Event> all;
        for (bool more = true; more;) {
            Result<runtime::Page> page = source.read(stream, cursor, {});
            if (!page) throw std::runtime_error(page.error().message);
            for (runtime::Change& change : page->changes) {
                if (!change.event) throw std::runtime_error(change.event.error().message);
                all.push_back(*std::move(change.event));
            }
            cursor = page->next;
            more = page->more;
        }
        return all;
    }
    // Free pieces of an offer, as the full reading tells.
    Decimal free_of(const std::string& offer) {
        runtime::Cursor cursor;
        for (const events::Event& event : drain(kStock, cursor))
            if (event.stock().native_id() == offer) return events::from_proto(event.stock().free());
        return decimal("-999");
    }

    Simulator simulator{};
    std::unique_ptr<http::Transport> transport = http::curl_transport({});
    std::unique_ptr<http::RateLimiter> limiter =
        http::RateLimiter::create({.per_second = 1000, .burst = 1000, .concurrency = 8}, system_clock());
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::shared_ptr<Account> account;
};

}  // namespace shopwire::keycrm
