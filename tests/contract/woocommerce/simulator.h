// The simulated shop as a process of its own, and a connection to it.  Values for tests.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/http/client.h"
#include "services/woocommerce/sink.h"
#include "services/woocommerce/source.h"

namespace shopwire::woocommerce {

namespace fs = std::filesystem;

inline json::Document parsed(const std::string& text) { return json::Document::parse(text).value(); }

// One simulated shop in a folder of its own; ends with the test.
class Simulator {
 public:
    // `more`: further options.
    explicit Simulator(const std::vector<std::string>& more = {}) {
        std::string pattern = (fs::temp_directory_path() / "shopwire-woo-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = pattern;
        std::vector<std::string> words{
            SANDBOX_SHOP,     "--https-port",   "0",    "--cert-file",       certificate(), "--ready-file",
            ready().string(), "--consumer-key", "ck_1", "--consumer-secret", "cs_1"};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (::posix_spawn(&pid_, SANDBOX_SHOP, nullptr, nullptr, arguments.data(), environ) != 0)
            throw std::runtime_error("the simulator does not start");
        for (int i = 0; i < 500 && !fs::exists(ready()); ++i)
            system_clock().sleep_for(std::chrono::milliseconds(10), {});
        std::stringstream text;
        text << std::ifstream(ready()).rdbuf();
        const json::Document ports = parsed(text.str());
        https_ = ports.root().member("https").text();
        control_ = "http://127.0.0.1:" + std::string(ports.root().member("control").text()) + "/__sandbox/";
    }
    ~Simulator() {
        ::kill(pid_, SIGTERM);
        int status = -1;
        ::waitpid(pid_, &status, 0);
        EXPECT_EQ(status, 0) << "the simulator did not end well";  // a sanitizer found something
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Simulator(const Simulator&) = delete;
    Simulator& operator=(const Simulator&) = delete;

    std::string url() const { return "https://localhost:" + https_; }
    std::string certificate() const { return (folder_ / "shop.pem").string(); }
    json::Document control(const std::string& call, const std::string& body = "") {
        http::Request request{.method = body.empty() ? "GET" : "POST", .url = control_ + call, .body = body};
        if (!body.empty()) request.headers = {{"Content-Type", "application/json"}};
        const Result<http::Response> answer = transport_->send(request, {});
        if (!answer || answer->status >= 300)
            throw std::runtime_error(call + ": " + (answer ? answer->body : answer.error().message));
        return parsed(answer->body);
    }

 private:
    fs::path ready() const { return folder_ / "ready.json"; }
    fs::path folder_{};
    pid_t pid_ = 0;
    std::string https_{};
    std::string control_{};
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
};

class SandboxShop : public ::testing::Test {
 protected:
    SandboxShop() { connect(); }

    void connect(const std::string& public_url = "", Settings settings = {}) {
        settings.base_url = simulator.url();
        settings.consumer_key = "ck_1";
        settings.consumer_secret = Secret("cs_1");
        settings.ca_file = simulator.certificate();
        settings.webhook_secrets = {Secret("hook")};
        settings.page_size = 10;
        shop = std::make_shared<Shop>(settings, runtime::ConnectionContext{.merchant = "acme",
                                                                           .connection = "shop",
                                                                           .public_url = public_url,
                                                                           .clock = system_clock(),
                                                                           .transport = *transport,
                                                                           .limiter = *limiter,
                                                                           .metrics = *metrics});
    }
    void seed(int products) {
        std::string text = R"({"products":[)";
        for (int i = 0; i < products; ++i)
            text += (i > 0 ? "," : "") + std::string(R"({"sku":"P-)") + std::to_string(i) +
                    R"(","name":"P & Q","price":"120.00","stock":10})";
        simulator.control(
            "seed",
            text + R"(,{"sku":"TS","name":"Shirt","attributes":[{"name":"Size","variation":true,"options":["S"]}],)"
                   R"("variations":[{"sku":"TS-S","price":"60.00","stock":5,)"
                   R"("attributes":[{"name":"Size","option":"S"}]}]}]})");
    }
    std::string checkout(const std::string& sku, int quantity) {
        const json::Document order = simulator.control(
            "checkout", R"({"lines":[{"sku":")" + sku + R"(","quantity":)" + std::to_string(quantity) +
                            R"(}],"billing":{"first_name":"Ana","email":"ana@example.test","country":"RS"},)"
                            R"("payment_method":"cod"})");
        return std::string(order.root().member("id").text());
    }
    // All changes of a stream from a cursor on, page by page.
    std::vector<runtime::Change> drain(std::string_view stream, runtime::Cursor& cursor) {
        Source source(shop);
        std::vector<runtime::Change> all;
        for (bool more = true; more;) {
            Result<runtime::Page> page = source.read(stream, cursor, {});
            if (!page) throw std::runtime_error(page.error().message);
            for (runtime::Change& change : page->changes) all.push_back(std::move(change));
            cursor = page->next;
            more = page->more;
        }
        return all;
    }
    std::string shown(const std::string& sku) {
        const json::Document products = simulator.control("products");
        const json::Value rows = products.root().is_array() ? products.root() : products.root().member("products");
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (rows.at(i).member("sku").text() == sku) return std::string(rows.at(i).member("stock").text());
        return "absent";
    }
    static events::Command stock(const std::string& sku, int quantity) {
        events::Command command;
        command.mutable_set_stock()->set_sku(sku);
        *command.mutable_set_stock()->mutable_quantity() = events::to_proto(Decimal::from_integer(quantity));
        return command;
    }

    Result<runtime::Applied> apply(const events::Command& command) {
        Sink sink(shop);
        return sink.apply({&command, 1}, {}).at(0);
    }
    // How many requests match; the simulator writes a request down after its answer, so one more is made first.
    template <class Matches>
    std::size_t requests(const Matches& matches) {
        if (const auto flushed = shop->client().currency({}); !flushed)
            throw std::runtime_error(flushed.error().message);
        const json::Document log = simulator.control("requests");
        const json::Value all = log.root().member("requests");
        std::size_t count = 0;
        for (std::size_t i = 0; i < all.size(); ++i) count += matches(all.at(i)) ? 1U : 0U;
        return count;
    }
    // Requests that may have changed something, so far.
    std::size_t writes() {
        return requests([](json::Value request) { return request.member("method").text() != "GET"; });
    }
    json::Document product(const std::string& sku, std::string_view status = "any") {
        const std::vector<std::string> skus{sku};
        return shop->client().products_by_sku(skus, {.fields = "", .status = status}, {}).value();
    }

    Simulator simulator{};
    std::unique_ptr<http::Transport> transport = http::curl_transport({});
    std::unique_ptr<http::RateLimiter> limiter =
        http::RateLimiter::create({.per_second = 1000, .burst = 1000, .concurrency = 8}, system_clock());
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::shared_ptr<Shop> shop;
};

}  // namespace shopwire::woocommerce
