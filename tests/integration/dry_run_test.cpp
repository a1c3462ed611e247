// A dry run against a real broker: exact requests come out, and neither Kafka nor the remote notices.
#include "common/runtime/dry_run.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/events/topics.h"
#include "common/http/server.h"
#include "common/json/value.h"
#include "common/kafka/partition_reader.h"
#include "common/runtime/sink_loop.h"
#include "shopwire/internal/v1/state.pb.h"
#include "tests/integration/support.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

// Looks the document up and makes it, as connectors do.
class MadeUpSink final : public Sink {
 public:
    MadeUpSink(std::string url, http::Transport& transport) : url_(std::move(url)), transport_(transport) {}

    std::vector<Result<Applied>> apply(std::span<const events::Command> batch, std::stop_token stop) override {
        std::vector<Result<Applied>> out;
        for (const events::Command& command : batch) out.push_back(one(command, stop));
        return out;
    }
    Result<std::optional<Applied>> find(const events::Command&, std::stop_token) override { return ambiguous("none"); }

 private:
    Result<Applied> one(const events::Command& command, const std::stop_token& stop) {
        const std::string& number = command.export_order().external_number();
        const auto found = transport_.send({.url = url_ + "/documents/" + number, .operation = "find"}, stop);
        if (!found) return within("looking", found.error());
        Applied applied;
        applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
        if (number == "WC-known") return applied;
        const auto made = transport_.send(
            {.method = "POST",
             .url = url_ + "/documents",
             .headers = {{"Authorization", "Bearer k3y"}},
             .body = R"({"number":")" + number + R"(","known_id":")" + command.native_id() + R"(","email":")" +
                     command.export_order().order().personal().clear().email() + "\"}",
             .operation = "make"},
            stop);
        if (!made) return within("making", made.error());
        return applied;
    }

    const std::string url_;
    http::Transport& transport_;
};

class DryRunTest : public kafka::BrokerTest {
 public:
    ~DryRunTest() override { std::filesystem::remove_all(folder_); }

 protected:
    void SetUp() override {
        kafka::BrokerTest::SetUp();
        if (IsSkipped()) return;
        system_ = unique("acme");
        std::vector<kafka::TopicRequest> topics;
        for (const std::string& name : all_topics()) topics.push_back({.name = name, .partitions = 2});
        ASSERT_TRUE(kafka::create_topics(client_, topics, kafka::kTimeout));
        installation_.kafka = client_;
        installation_.system_partitions[system_] = 2;
        auto server = http::Server::start({}, [this](const http::ServerRequest& request) {
            (request.method == "GET" ? reads_ : writes_)++;
            return http::ServerResponse{.body = "{}"};
        });
        ASSERT_TRUE(server);
        server_ = *std::move(server);
        const std::string url = "http://127.0.0.1:" + std::to_string(server_->port());
        spec_ = {.system = system_,
                 .actions = {{.action = events::Command::kExportOrder, .write = ActionRule::Write::kCreate}},
                 .create = [url](const config::Node&, const ConnectionContext& context) -> Result<Connector> {
                     Connector connector;
                     connector.sink = std::make_unique<MadeUpSink>(url, context.transport);
                     return connector;
                 }};
        std::filesystem::create_directories(folder_ / "merchants");
        std::ofstream(folder_ / "merchants" / "m.yaml")
            << "merchant: m\nconnections:\n  erp: {system: " << system_ << ", settings: {}}\n";
    }

    std::vector<std::string> all_topics() const {
        std::vector<std::string> names{events::command_topic(system_, events::Lane::kOrders),
                                       events::command_topic(system_, events::Lane::kGoods),
                                       events::dead_letter_topic(), events::result_topic()};
        for (const std::string_view store : {"effects", "parked", "cursors", "snapshots"})
            names.push_back(events::sink_state_topic(store, system_));
        return names;
    }
    void send(const std::vector<kafka::Record>& records) {
        const auto producer = kafka::Producer::create(client_, {});
        ASSERT_TRUE(producer);
        ASSERT_TRUE((*producer)->send_all(records, {}));
    }
    void command(const std::string& number, std::uint64_t sequence = 1, const std::string& connection = "erp") {
        events::Command out;
        out.set_id("id-" + number);
        out.set_merchant("m");
        out.set_connection(connection);
        out.set_key("shop/" + number);
        out.set_field_group("document");
        out.set_sequence(sequence);
        out.set_cause_key("m/shop/" + number);
        out.set_cause_connection("shop");
        out.mutable_export_order()->set_external_number(number);
        out.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear()->set_email("ana@example.com");
        send({events::to_record(out, system_, 0, system_clock().now_ms(), {})});
    }
    // A topic that was made a moment ago may have no leader yet.
    template <class Ask>
    static auto patiently(const Ask& ask) {
        auto answer = ask();
        for (int i = 0; i < 50 && !answer && answer.error().kind == ErrorKind::kTransient; ++i) {
            std::this_thread::sleep_for(100ms);
            answer = ask();
        }
        EXPECT_TRUE(answer) << answer.error().message;
        return *std::move(answer);
    }
    // The end of every partition of every topic of ours.  Other tests use the common topics at the same time.
    std::map<kafka::Partition, std::int64_t> ends() const {
        const auto topics = patiently([&] { return kafka::list_topics(client_, "shopwire.", kafka::kTimeout); });
        std::vector<kafka::Partition> partitions;
        for (const auto& [topic, count] : topics) {
            if (!topic.contains(system_)) continue;
            for (std::int32_t i = 0; i < count; ++i) partitions.push_back({.topic = topic, .number = i});
        }
        const auto reader = kafka::PartitionReader::create(client_, kafka::kTimeout).value();
        const auto ends = patiently([&] { return reader->ends(partitions, kafka::kTimeout); });
        std::map<kafka::Partition, std::int64_t> out;
        for (const auto& [partition, end] : ends) out[partition] = end.end;
        return out;
    }
    kafka::Offsets committed() const {
        std::vector<kafka::Partition> partitions;
        for (const std::string& topic : {all_topics()[0], all_topics()[1]})
            for (const std::int32_t i : {0, 1}) partitions.push_back({.topic = topic, .number = i});
        return patiently(
            [&] { return kafka::committed_offsets(client_, "shopwire." + system_, partitions, kafka::kTimeout); });
    }
    std::vector<std::string> lines(RunOptions options = {.dry_run = "reads"}) {
        options.config_folder = folder_.string();
        options.once = true;
        std::ostringstream out;
        EXPECT_EQ(0, dry_run(spec_, options, installation_, http::curl_transport, out));
        std::vector<std::string> list;
        std::istringstream in(out.str());
        for (std::string line; std::getline(in, line);) list.push_back(line);
        return list;
    }

    std::string system_{};
    ConnectorSpec spec_{};
    config::Installation installation_{};
    std::unique_ptr<http::Server> server_{};
    std::atomic<int> reads_{0}, writes_{0};
    const std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    const std::unique_ptr<http::Transport> http_ = http::curl_transport({});
    const std::filesystem::path folder_ =
        std::filesystem::path(::testing::TempDir()) / ("dry-run-" + std::to_string(::getpid()));
};

std::string text_at(const std::string& line, std::initializer_list<std::string_view> path) {
    const auto document = json::Document::parse(line);
    EXPECT_TRUE(document) << line;
    json::Value value = document ? document->root() : json::Value();
    for (const std::string_view name : path) value = value.member(name);
    return std::string(value.text());
}

TEST_F(DryRunTest, RequestsComeOutAndNothingGoesIn) {
    command("WC-1");
    command("WC-known");
    command("WC-2", 1, "none");
    const auto before = ends();
    const std::vector<std::string> out = lines();
    ASSERT_EQ(3U, out.size());
    EXPECT_EQ("m/erp", text_at(out[0], {"connection"}));
    EXPECT_EQ("export_order", text_at(out[0], {"action"}));
    EXPECT_EQ("id-WC-1", text_at(out[0], {"command"}));
    EXPECT_EQ("POST", text_at(out[0], {"request", "method"}));
    EXPECT_TRUE(text_at(out[0], {"request", "url"}).ends_with("/documents"));
    EXPECT_EQ("WC-1", text_at(out[0], {"request", "body", "number"}));
    EXPECT_EQ("***", text_at(out[0], {"request", "body", "email"}));
    EXPECT_TRUE(out[0].contains(R"(["Authorization","Bearer ***"])")) << out[0];
    EXPECT_EQ("OUTCOME_UNCHANGED", text_at(out[1], {"outcome"}));
    EXPECT_EQ("no such connection is configured: it would wait", text_at(out[2], {"error"}));

    EXPECT_EQ(2, reads_);
    EXPECT_EQ(0, writes_);
    EXPECT_EQ(before, ends());
    EXPECT_TRUE(committed().empty());
    EXPECT_EQ(out, lines()) << "a second one sees the same";
}

TEST_F(DryRunTest, OfflineNothingIsReadEither) {
    command("WC-1");
    const std::vector<std::string> out = lines({.dry_run = "offline"});
    ASSERT_EQ(1U, out.size());
    EXPECT_EQ("looking: find reads: a dry run that is offline sends nothing", text_at(out[0], {"error"}));
    EXPECT_EQ(0, reads_ + writes_);
}

TEST_F(DryRunTest, PersonalDataIsShownOnDemandAndKeysNever) {
    command("WC-1");
    const std::vector<std::string> out = lines({.dry_run = "reads", .personal = true});
    ASSERT_EQ(1U, out.size());
    EXPECT_EQ("ana@example.com", text_at(out[0], {"request", "body", "email"}));
    EXPECT_FALSE(out[0].contains("k3y")) << out[0];
}

TEST_F(DryRunTest, TheNewestStateOfAKeyIsShown) {
    command("WC-1", 1);
    command("WC-1", 2);
    EXPECT_EQ(1U, lines().size());
}

TEST_F(DryRunTest, TheJournalTellsTheIdOfWhatIsThere) {
    internal::v1::Effect effect;
    effect.set_native_id("55");
    send({{.topic = events::sink_state_topic("effects", system_),
           .partition = 0,
           .key = events::join_key({"m", "erp", "shop/WC-1", "document"}),
           .value = effect.SerializeAsString()}});
    command("WC-1");
    EXPECT_EQ("55", text_at(lines().at(0), {"request", "body", "known_id"}));
}

TEST_F(DryRunTest, BesideTheServiceItTakesNothingFromIt) {
    Connections connections(spec_, installation_, folder_.string(), system_clock(), *http_, *registry_);
    RuntimeMetrics metrics(*registry_, system_, spec_.actions);
    const auto database = state::Database::in_memory();
    SinkLoop loop({.system = system_, .pod = unique("pod"), .kafka = client_, .rules = spec_.actions}, connections,
                  *database, system_clock(), metrics);
    loop.start([&connections] { connections.reload(); });
    for (int i = 0; i < 2'000 && !loop.assigned(); ++i) std::this_thread::sleep_for(10ms);
    ASSERT_TRUE(loop.assigned());
    const std::set<std::int32_t> slots = loop.slots();
    command("WC-1");
    for (int i = 0; i < 2'000 && writes_ == 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(1, writes_);
    // What the service has done is behind it; from a time on all of it is shown.
    for (int i = 0; i < 2'000 && committed()[{.topic = all_topics()[0], .number = 0}] < 1; ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(lines().empty());
    EXPECT_EQ(1U, lines({.dry_run = "reads", .since = "2020-01-01T00:00:00Z"}).size());
    EXPECT_EQ(1, writes_);
    EXPECT_EQ(slots, loop.slots());
    EXPECT_EQ("", loop.fatal());
    EXPECT_TRUE(loop.save(0, {{.store = SlotStore::kCursors, .key = "k", .value = "v"}}, {}));
    loop.stop(5s);
}

TEST_F(DryRunTest, AMissingTopicIsNamedAndNotMade) {
    const std::string other = unique("beta");
    spec_.system = other;
    std::ofstream(folder_ / "merchants" / "m.yaml")
        << "merchant: m\nconnections:\n  erp: {system: " << other << ", settings: {}}\n";
    std::ostringstream out;
    EXPECT_EQ(2, dry_run(spec_, {.config_folder = folder_.string(), .dry_run = "reads", .once = true}, installation_,
                         http::curl_transport, out));
    EXPECT_TRUE(kafka::list_topics(client_, "shopwire.commands." + other, kafka::kTimeout)->empty());
}

}  // namespace
}  // namespace shopwire::runtime
