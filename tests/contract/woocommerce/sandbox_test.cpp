// Goal: the connector against a shop that speaks the wire for real, over TLS.  Method: the simulator as a process of
// its own; its control port makes the shop's side of each story, its log is the truth that results are compared with.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "common/http/client.h"
#include "common/http/server.h"
#include "services/woocommerce/connector.h"
#include "services/woocommerce/intake.h"
#include "services/woocommerce/sink.h"
#include "services/woocommerce/source.h"
#include "services/woocommerce/upkeep.h"

namespace shopwire::woocommerce {
namespace {

namespace fs = std::filesystem;

json::Document parsed(const std::string& text) { return json::Document::parse(text).value(); }

// One simulated shop in a folder of its own; ends with the test.
class Simulator {
 public:
    Simulator() {
        std::string pattern = (fs::temp_directory_path() / "shopwire-woo-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = pattern;
        std::vector<std::string> words{
            SANDBOX_SHOP,     "--https-port",   "0",    "--cert-file",       certificate(), "--ready-file",
            ready().string(), "--consumer-key", "ck_1", "--consumer-secret", "cs_1"};
        std::vector<char*> arguments;
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
    SandboxShop() { connect(""); }

    void connect(const std::string& public_url) {
        Settings settings{.base_url = simulator.url(), .consumer_key = "ck_1", .consumer_secret = Secret("cs_1")};
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

    Simulator simulator{};
    std::unique_ptr<http::Transport> transport = http::curl_transport({});
    std::unique_ptr<http::RateLimiter> limiter =
        http::RateLimiter::create({.per_second = 1000, .burst = 1000, .concurrency = 8}, system_clock());
    std::unique_ptr<metrics::Registry> metrics = metrics::Registry::create();
    std::shared_ptr<Shop> shop;
};

TEST_F(SandboxShop, AcceptsTheProbe) {
    const Status probed = shop->probe({});
    EXPECT_TRUE(probed) << probed.error().message;
}

TEST_F(SandboxShop, ShowsEveryProductOfASecondThatFillsManyPages) {
    seed(35);
    for (const std::string_view stream : {kProducts, kCatalogue}) {
        runtime::Cursor cursor;
        std::set<std::string> skus;
        for (const runtime::Change& change : drain(stream, cursor)) {
            ASSERT_TRUE(change.event) << change.event.error().message;
            if (change.event->has_stock()) skus.insert(change.event->stock().sku());
        }
        EXPECT_EQ(skus.size(), 36U) << stream;  // with the variation
    }
}

TEST_F(SandboxShop, ShowsAnOrderOnceAndAgainWhenItChanges) {
    seed(1);
    const std::string id = checkout("P-0", 2);
    runtime::Cursor cursor;
    std::vector<runtime::Change> first = drain(kOrders, cursor);
    ASSERT_EQ(first.size(), 1U);
    ASSERT_TRUE(first[0].event) << first[0].event.error().message;
    EXPECT_EQ(first[0].event->order().native_id(), id);
    EXPECT_EQ(first[0].event->order().lines(0).sku(), "P-0");
    EXPECT_TRUE(drain(kOrders, cursor).empty());
    Sink sink(shop);
    events::Command command;
    command.mutable_set_order_status()->set_order_native_id(id);
    command.mutable_set_order_status()->set_status("completed");
    EXPECT_EQ(sink.apply({&command, 1}, {}).at(0).value().result.outcome(), commands::v1::OUTCOME_APPLIED);
    const std::vector<runtime::Change> second = drain(kOrders, cursor);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].event->order().status(), "completed");
}

TEST_F(SandboxShop, TakesStockAndRefusesARaiseThatForgetsAnOrder) {
    seed(2);
    Sink sink(shop);
    const std::vector<events::Command> lower{stock("P-0", 8), stock("P-1", 10), stock("TS-S", 3)};
    const auto lowered = sink.apply(lower, {});
    ASSERT_TRUE(lowered[0] && lowered[1] && lowered[2]);
    EXPECT_EQ(lowered[1]->result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    EXPECT_EQ(shown("P-0"), "8");
    EXPECT_EQ(shown("TS-S"), "3");
    const std::string id = checkout("P-0", 2);
    events::Command raise = stock("P-0", 9);
    const auto stale = sink.apply({&raise, 1}, {});
    ASSERT_TRUE(stale[0]) << stale[0].error().message;
    EXPECT_EQ(stale[0]->result.outcome(), commands::v1::OUTCOME_STALE);
    ASSERT_EQ(stale[0]->seen.size(), 1U);
    const events::Event& order = *stale[0]->seen[0].event;
    EXPECT_EQ(order.order().native_id(), id);
    EXPECT_EQ(shown("P-0"), "6");
    commands::v1::CountedOrder& counted = *raise.mutable_set_stock()->add_counted();
    counted.set_native_id(id);
    counted.set_modified_at_ms(order.source().modified_at_ms());
    EXPECT_EQ(sink.apply({&raise, 1}, {})[0].value().result.outcome(), commands::v1::OUTCOME_APPLIED);
    EXPECT_EQ(shown("P-0"), "9");
}

TEST_F(SandboxShop, LeavesALostAnswerAmbiguousAndAppliesItOnceMore) {
    seed(1);
    simulator.control("faults", R"([{"match":{"method":"POST","path_regex":"/products/batch$"},"times":1,)"
                                R"("fault":{"kind":"apply_then_drop"}}])");
    Sink sink(shop);
    const events::Command command = stock("P-0", 4);
    const auto lost = sink.apply({&command, 1}, {});
    ASSERT_FALSE(lost[0]);
    EXPECT_EQ(lost[0].error().kind, ErrorKind::kAmbiguous);
    EXPECT_EQ(sink.apply({&command, 1}, {})[0].value().result.outcome(), commands::v1::OUTCOME_UNCHANGED);
}

TEST_F(SandboxShop, SetsAPriceAndASaleAndTakesItBack) {
    seed(1);
    Sink sink(shop);
    events::Command command;
    commands::v1::SetPrice& price = *command.mutable_set_price();
    price.set_sku("P-0");
    price.set_currency("RSD");
    price.set_includes_tax(true);
    *price.mutable_regular() = events::to_proto(Decimal::from_integer(150));
    *price.mutable_sale() = events::to_proto(Decimal::from_integer(99));
    price.set_sale_from_ms(1'795'000'000'000);
    price.set_sale_to_ms(1'799'000'000'000);
    const auto set = sink.apply({&command, 1}, {});
    ASSERT_TRUE(set[0]) << set[0].error().message;
    EXPECT_EQ(set[0]->result.outcome(), commands::v1::OUTCOME_APPLIED);
    EXPECT_EQ(sink.apply({&command, 1}, {})[0].value().result.outcome(), commands::v1::OUTCOME_UNCHANGED);
    price.clear_sale();
    const auto cleared = sink.apply({&command, 1}, {});
    ASSERT_TRUE(cleared[0]) << cleared[0].error().message;
    EXPECT_EQ(cleared[0]->result.outcome(), commands::v1::OUTCOME_APPLIED);
}

TEST_F(SandboxShop, AddsANoteThatIsFoundAgain) {
    seed(1);
    events::Command command;
    command.mutable_add_order_note()->set_order_native_id(checkout("P-0", 1));
    command.mutable_add_order_note()->set_text("Sent to ERP as SO-1 & more");
    Sink sink(shop);
    EXPECT_FALSE(sink.find(command, {}).value());
    const auto added = sink.apply({&command, 1}, {});
    ASSERT_TRUE(added[0]);
    EXPECT_EQ(sink.find(command, {}).value()->result.native_id(), added[0]->result.native_id());
}

TEST_F(SandboxShop, DeliversSignedWebhooksToTheIntake) {
    seed(1);
    std::mutex mutex;
    std::vector<runtime::Intake::Received> received;
    auto server = http::Server::start({}, [&](const http::ServerRequest& request) {
        const std::lock_guard lock(mutex);
        received.push_back(Intake(shop).receive(request));
        return http::ServerResponse{.status = received.back().status};
    });
    ASSERT_TRUE(server) << server.error().message;
    connect("http://127.0.0.1:" + std::to_string((*server)->port()) + "/webhooks/acme/shop");
    Upkeep upkeep(shop);
    const Status kept = upkeep.run({});
    ASSERT_TRUE(kept) << kept.error().message;
    ASSERT_TRUE(upkeep.run({}));
    const std::string id = checkout("P-0", 1);
    for (int i = 0; i < 500 && !simulator.control("state").root().member("webhooks_idle").boolean(); ++i)
        system_clock().sleep_for(std::chrono::milliseconds(10), {});
    const std::lock_guard lock(mutex);
    int pings = 0;
    int orders = 0;
    for (const runtime::Intake::Received& one : received) {
        EXPECT_EQ(one.status, 200) << one.kind;
        pings += one.kind == "ping";
        for (const runtime::Change& change : one.changes) {
            ASSERT_TRUE(change.event) << change.event.error().message;
            orders += change.event->has_order() && change.event->order().native_id() == id;
        }
    }
    EXPECT_EQ(pings, 9);
    EXPECT_EQ(orders, 2);  // created and updated
}

}  // namespace
}  // namespace shopwire::woocommerce
