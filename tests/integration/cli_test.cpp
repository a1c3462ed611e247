// The program `shopwire` against a real broker that holds a small story.
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>

#include "common/admin/admin.h"
#include "common/core/ids.h"
#include "common/http/client.h"
#include "services/cli/dead_letters_command.h"
#include "services/cli/topics_command.h"
#include "tests/integration/support.h"
#include "tests/unit/services/cli/records.h"

namespace shopwire::cli {
namespace {

struct Outcome {
    int exit_code = -1;
    std::string out{};  // what it says on stderr too
};

class CliTest : public kafka::BrokerTest {
 protected:
    void SetUp() override {
        kafka::BrokerTest::SetUp();
        if (IsSkipped()) return;
        system_ = unique("beta");
        merchant_ = unique("m");
        std::ostringstream out;
        const Status made =
            create_topics({.bootstrap = client_.bootstrap, .systems = {system_}, .router_partitions = 2}, out);
        ASSERT_TRUE(made) << made.error().message;
        producer_ = kafka::Producer::create(client_, {}).value();
    }

    // By the key's hash, as the programs do; state lies beside the record that it comes of.
    void send(kafka::Record record, const std::string& beside = {}) {
        record.partition = -1;
        if (!beside.empty()) record.partition = partition_of(beside, partitions_of(record.topic));
        ASSERT_TRUE(producer_->send_all({std::move(record)}, {}));
    }
    void send_command() {
        kafka::Record record = export_command(merchant_);
        record.topic = events::command_topic(system_, events::Lane::kOrders);
        ASSERT_TRUE(producer_->send_all({std::move(record)}, {}));
    }
    void tell_story() {
        const std::string order = merchant_ + "/shop/14";
        send(order_event(merchant_));
        send_command();
        send(export_result(commands::v1::OUTCOME_APPLIED, {}, merchant_));
        send(order_link(internal::v1::LINK_STATE_REQUESTED, {}, merchant_), order);
        send(order_link(internal::v1::LINK_STATE_LINKED, {}, merchant_), order);
        send(ledger_record(ledger_of_seven(), merchant_), merchant_ + "/a-100");
        send(stock_result(commands::v1::OUTCOME_APPLIED, merchant_));
    }
    std::int32_t partitions_of(const std::string& topic) const {
        return kafka::list_topics(client_, topic, kafka::kTimeout).value().at(topic);
    }

    Outcome shopwire(const std::string& arguments) const {
        const std::string command =
            std::string(SHOPWIRE_CLI) + " " + arguments + " --bootstrap " + client_.bootstrap + " 2>&1";
        FILE* pipe = ::popen(command.c_str(), "r");
        Outcome run;
        std::array<char, 4096> part{};
        while (pipe != nullptr && std::fgets(part.data(), part.size(), pipe) != nullptr) run.out += part.data();
        run.exit_code = WEXITSTATUS(::pclose(pipe));
        return run;
    }
    std::string of_merchant() const { return " --since 2020-01-01T00:00:00Z --merchant " + merchant_; }

    std::string system_{};
    std::string merchant_{};
    std::unique_ptr<kafka::Producer> producer_{};
};

TEST_F(CliTest, TracesAnOrderByItsNumber) {
    tell_story();
    const Outcome run = shopwire("trace order 1234" + of_merchant());
    EXPECT_EQ(run.exit_code, 0) << run.out;
    for (const char* part : {"seen", "make reservation WC-1234", "reservation R-55 (WC-1234), total 1500", "applied",
                             "router, erp: linked, WC-1234, document R-55"})
        EXPECT_TRUE(run.out.contains(part)) << part << '\n' << run.out;
    EXPECT_TRUE(run.out.contains("\nOrder 1234: at erp as reservation R-55 (WC-1234), since ")) << run.out;
    EXPECT_FALSE(run.out.contains(kEmail)) << run.out;
    const Outcome unknown = shopwire("trace order 12345" + of_merchant());
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_TRUE(unknown.out.contains("Nothing is known of it")) << unknown.out;
}

// Events are gone after a week, and the link is not.
TEST_F(CliTest, FindsAnOrderWhoseEventsAreGone) {
    send(order_link(internal::v1::LINK_STATE_LINKED, {}, merchant_), merchant_ + "/shop/14");
    const Outcome run = shopwire("trace order 1234" + of_merchant());
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_TRUE(run.out.contains("Order 1234: at erp as reservation R-55")) << run.out;
}

// One is told by an event, the other by its link alone: neither is taken silently.
TEST_F(CliTest, RefusesANumberThatTwoShopsHave) {
    tell_story();
    kafka::Record twin = order_link(internal::v1::LINK_STATE_PARKED, "no", merchant_);
    twin.key = "l/" + merchant_ + "/shop2/14";
    send(twin, merchant_ + "/shop2/14");
    const Outcome run = shopwire("trace order 1234" + of_merchant());
    EXPECT_EQ(run.exit_code, 1);
    for (const std::string shop : {"shop", "shop2"}) {
        const std::string exact = "trace order 14 --id --merchant " + merchant_ + " --connection " + shop;
        EXPECT_TRUE(run.out.contains("number 1234, id 14: shopwire " + exact + "\n")) << run.out;
        EXPECT_EQ(shopwire(exact + " --since 2020-01-01T00:00:00Z").exit_code, 0);
    }
    EXPECT_TRUE(run.out.contains("2 orders are called 1234")) << run.out;
    const Outcome named = shopwire("trace order 1234 --connection shop2" + of_merchant());
    EXPECT_TRUE(named.out.contains("Order 1234: not at erp: it waits for a person: no")) << named.out;
}

TEST_F(CliTest, AnswersWhyTheShopShowsANumber) {
    tell_story();
    const Outcome run = shopwire("trace sku A-100 --json" + of_merchant());
    EXPECT_EQ(run.exit_code, 0) << run.out;
    const auto json = nlohmann::json::parse(run.out, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << run.out;
    EXPECT_TRUE(json["answer"].get<std::string>().starts_with("shop shows 7: 10 free at erp - 2 taken by 1 order"))
        << json["answer"];
}

TEST_F(CliTest, TailsTopicsWithoutPersonalData) {
    tell_story();
    const Outcome run = shopwire("tail order --json" + of_merchant());
    EXPECT_EQ(run.exit_code, 0);
    const auto json = nlohmann::json::parse(run.out, nullptr, false);  // one line, for one order
    ASSERT_FALSE(json.is_discarded()) << run.out;
    EXPECT_EQ(json["body"]["order"]["personal"]["clear"]["email"], "***");
    EXPECT_TRUE(shopwire("tail order --personal" + of_merchant()).out.contains(kEmail));
    EXPECT_TRUE(shopwire("tail commands " + system_ + of_merchant()).out.contains("WC-1234"));
    EXPECT_EQ(shopwire("tail order --since 1s --merchant " + merchant_ + "x").out, "");
}

TEST_F(CliTest, ReplaysADeadLetterByteForByte) {
    kafka::Record record = export_command(merchant_);
    record.topic = events::command_topic(system_, events::Lane::kOrders);
    record.partition = 1;
    internal::v1::DeadLetter letter;
    letter.set_stage("apply");
    letter.set_merchant(merchant_);
    letter.set_connection("erp");
    letter.set_topic(record.topic);
    letter.set_partition(record.partition);
    letter.set_key(record.key);
    letter.set_value(record.value.value());
    letter.set_failed_at_ms(kSeenMs);
    for (const auto& [name, value] : record.headers) (*letter.mutable_headers())[std::string(name)] = value;
    send({.topic = events::dead_letter_topic(), .key = merchant_ + "/erp", .value = letter.SerializeAsString()});

    const Outcome list = shopwire("deadletters list --json" + of_merchant());
    const auto json = nlohmann::json::parse(list.out, nullptr, false);
    ASSERT_EQ(json.size(), 1U) << list.out;
    const std::string id = json[0]["n"];
    const Outcome shown = shopwire("deadletters show " + id);
    EXPECT_TRUE(shown.out.contains("WC-1234")) << shown.out;
    EXPECT_FALSE(shown.out.contains(kEmail)) << shown.out;
    EXPECT_EQ(shopwire("deadletters replay " + id + " 0:999999999").exit_code, 1);  // one is none: nothing is sent
    EXPECT_TRUE(read_all(record.topic, 2).empty());

    const Outcome replayed = shopwire("deadletters replay " + id);
    EXPECT_EQ(replayed.exit_code, 0) << replayed.out;
    const auto records = read_all(record.topic, 2);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].partition, 1);
    EXPECT_EQ(records[0].key, record.key);
    EXPECT_EQ(records[0].value, record.value);
    EXPECT_EQ(records[0].headers.size(), record.headers.size() + 1);
    EXPECT_EQ(events::traceparent_of(records[0]), events::traceparent_of(record));
}

TEST_F(CliTest, StatusCountsWhatAGroupHasNotRead) {
    send_command();
    send_command();
    const std::string topic = events::command_topic(system_, events::Lane::kOrders);
    auto consumer =
        kafka::Consumer::create(client_, {.group = "shopwire." + system_, .member_id = "pod", .topics = {topic}}, {})
            .value();
    poll_until_assigned(*consumer, 4);
    auto transaction = make_transaction("pod");
    ASSERT_TRUE(transaction->commit({{{.topic = topic, .number = 0}, 1}}, *consumer->group_metadata(), {}));
    const auto json = nlohmann::json::parse(shopwire("status --json").out, nullptr, false);
    ASSERT_FALSE(json.is_discarded());
    const auto& lags = json["lag"];
    const auto found = std::ranges::find_if(lags, [&](const auto& lag) { return lag["topic"] == topic; });
    ASSERT_NE(found, lags.end()) << json.dump(2);
    EXPECT_EQ((*found)["records"], 1);
    EXPECT_GT((*found)["oldest_ms"], 0);
}

// What the threads of a service were asked to do.
class Steps {
 public:
    void add(const std::string& step) {
        const std::scoped_lock lock(mutex_);
        text_ += step + " ";
    }
    std::string text() const {
        const std::scoped_lock lock(mutex_);
        return text_;
    }

 private:
    mutable std::mutex mutex_{};
    std::string text_{};
};

// A service that has nothing in its hands, while a command that it has not read yet lies in Kafka; another one comes in
// the moment in which it is paused.  Nothing is ever committed, as while another connection of the slot is behind.
TEST_F(CliTest, DisconnectLooksForCommandsThatNobodyHasRead) {
    const std::string id = merchant_ + "/erp";
    const auto registry = metrics::Registry::create();
    auto port =
        admin::Admin::start({.tokens = {{.name = "one", .value = Secret("t0k"), .role = admin::Role::kOperate}}},
                            *registry, [] { return admin::Health{}; })
            .value();
    Steps done;
    std::atomic<int> read_to = 0;
    const auto answers = [&](const char* method, const std::string& path, const std::string& body) {
        port->handle(admin::Role::kRead, method, path, [&done, path, body](const http::ServerRequest&) {
            if (path != "/api/parked") done.add(path);
            return http::ServerResponse{.status = 200, .body = body};
        });
    };
    port->handle(admin::Role::kRead, "GET", "/api/status", [&](const http::ServerRequest&) {
        nlohmann::json body{{"system", system_}, {"slots", {0}}, {"connections", {{{"connection", id}, {"slot", 0}}}}};
        for (const events::Lane lane : {events::Lane::kOrders, events::Lane::kGoods})
            body["read_to"].push_back({{"topic", events::command_topic(system_, lane)},
                                       {"partition", 0},
                                       {"offset", lane == events::Lane::kOrders ? read_to.load() : 0}});
        return http::ServerResponse{.status = 200, .body = body.dump()};
    });
    answers("GET", "/api/parked", R"({"parked":[]})");
    for (const char* path : {"/api/pause", "/api/resume", "/api/leave"}) answers("POST", path, "{}");
    ::setenv("SHOPWIRE_ADMIN_TOKEN", "t0k", 1);
    const std::string ask = "disconnect " + id + " --yes --admin " + system_ +
                            "=http://127.0.0.1:" + std::to_string(port->port()) + " --drain --wait ";
    send_command();
    const Outcome unread = shopwire(ask + "1s");
    EXPECT_EQ(unread.exit_code, 1);
    EXPECT_TRUE(unread.out.contains("1 record still waits (0 under way, 0 parked, 1 not read yet)")) << unread.out;
    EXPECT_EQ(done.text(), "");

    read_to = 1;
    port->handle(admin::Role::kOperate, "POST", "/api/pause", [&](const http::ServerRequest&) {
        if (done.text().empty()) send_command();
        done.add("/api/pause");
        return http::ServerResponse{.status = 200, .body = "{}"};
    });
    port->handle(admin::Role::kOperate, "POST", "/api/resume", [&](const http::ServerRequest&) {
        done.add("/api/resume");
        read_to = 2;
        return http::ServerResponse{.status = 200, .body = "{}"};
    });
    const Outcome left = shopwire(ask + "60s");
    EXPECT_EQ(left.exit_code, 0) << left.out;
    EXPECT_EQ(done.text(), "/api/pause /api/resume /api/pause /api/leave ");
    EXPECT_TRUE(left.out.contains("came in meanwhile: 0 under way, 0 parked, 1 not read yet")) << left.out;

    // What is parked is asked for by its connection, and given up.
    port->handle(admin::Role::kRead, "GET", "/api/parked", [&](const http::ServerRequest& request) {
        const bool is_there = http::query_value(request.query, "connection") == id && !done.text().contains("discard");
        const std::string row = R"({"key":")" + id + R"(/shop%2F14","connection":")" + id + R"("})";
        return http::ServerResponse{.status = 200, .body = R"({"parked":[)" + (is_there ? row : "") + "]}"};
    });
    answers("POST", "/api/parked/discard", "{}");
    const Outcome given_up = shopwire(ask.substr(0, ask.find(" --drain")) + " --discard");
    EXPECT_EQ(given_up.exit_code, 0) << given_up.out;
    EXPECT_TRUE(given_up.out.contains("1 key discarded; their orders take nothing from stock once the router"))
        << given_up.out;
    EXPECT_TRUE(done.text().ends_with("/api/parked/discard /api/leave ")) << done.text();
}

TEST_F(CliTest, StatusEndsWithOneWhenAConnectionIsStopped) {
    const auto registry = metrics::Registry::create();
    auto port =
        admin::Admin::start({.tokens = {{.name = "one", .value = Secret("t0k"), .role = admin::Role::kOperate}}},
                            *registry, [] { return admin::Health{}; })
            .value();
    std::atomic<bool> stopped = false;
    port->handle(admin::Role::kRead, "GET", "/api/status", [&](const http::ServerRequest&) {
        return http::ServerResponse{.status = 200,
                                    .body = R"({"system":"beta","connections":[{"connection":"m/erp","stopped":")" +
                                            std::string(stopped ? "HTTP 401" : "") + R"("}]})"};
    });
    ::setenv("SHOPWIRE_ADMIN_TOKEN", "t0k", 1);
    const std::string ask = "status --admin beta=http://127.0.0.1:" + std::to_string(port->port());
    EXPECT_EQ(shopwire(ask).exit_code, 0);
    stopped = true;
    const Outcome run = shopwire(ask);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_TRUE(run.out.contains("HTTP 401")) << run.out;
    ::setenv("SHOPWIRE_ADMIN_TOKEN", "wr0ng", 1);
    const Outcome refused = shopwire(ask);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_TRUE(refused.out.contains("a bearer token is needed")) << refused.out;
    EXPECT_FALSE(refused.out.contains("wr0ng"));
}

}  // namespace
}  // namespace shopwire::cli
