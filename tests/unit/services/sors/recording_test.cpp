// Goal: a pass that was recorded gives the same events again, without the ERP, and without its key and its customers.
#include "common/exchanges/recording.h"

#include <iterator>
#include <sstream>

#include "services/sors/kit.h"
#include "tests/unit/services/sors/sandbox_rig.h"

namespace shopwire::sors {
namespace {

class RecordedOf : public SandboxOf {
 public:
    ~RecordedOf() override {
        connector_ = {};
        std::filesystem::remove_all(folder_);
    }

 protected:
    void connect_over(std::unique_ptr<http::Transport> transport) {
        connector_ = {};
        over_ = std::move(transport);
        const runtime::ConnectionContext context{.merchant = "acme",
                                                 .connection = "erp",
                                                 .clock = system_clock(),
                                                 .transport = *over_,
                                                 .limiter = *limiter_,
                                                 .metrics = *metrics_};
        config::Problems problems;
        const std::string yaml = std::string("dialect: ") + GetParam() + "\nbase_url: " + sandbox_.api +
                                 "\napi_key: ${env:SORS_TEST_KEY}\npage_size: 3\ndatabase: Shop2026\nunit: 1\n";
        Result<runtime::Connector> made = spec().create(config::Node::parse(yaml, "acme.yaml", problems), context);
        ASSERT_TRUE(made) << made.error().message;
        connector_ = *std::move(made);
    }
    // Without the times of the reading.
    std::vector<std::string> events_of(std::string_view stream) {
        const auto all = read(stream);
        EXPECT_TRUE(all) << all.error().message;
        std::vector<std::string> out;
        for (events::Event event : all ? *all : std::vector<events::Event>{}) {
            event.mutable_source()->clear_observed_at_ms();
            event.mutable_source()->clear_read_started_at_ms();
            out.push_back(event.SerializeAsString());
        }
        return out;
    }
    std::string recorded_text() const {
        std::ostringstream out;
        for (const auto& entry : std::filesystem::directory_iterator(folder_))
            out << std::ifstream(entry.path()).rdbuf();
        return out.str();
    }

    const std::filesystem::path folder_ = own_dialect_.string() + "-recorded";
    std::unique_ptr<http::Transport> over_{};
};
INSTANTIATE_TEST_SUITE_P(Dialect, RecordedOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

TEST_P(RecordedOf, APassGivesTheSameEventsAgain) {
    const auto recorder = exchanges::Recorder::open(folder_.string(), kit().words);
    ASSERT_TRUE(recorder) << recorder.error().message;
    connect_over(exchanges::recording(http::curl_transport({}), *recorder));
    const std::vector<std::string> stock = events_of("stock");
    const std::vector<std::string> products = events_of("products");
    EXPECT_GT(stock.size(), 3U);
    EXPECT_GT(products.size(), 3U);

    const auto recordings = exchanges::Recordings::load(folder_.string(), kit().words);
    ASSERT_TRUE(recordings) << recordings.error().message;
    connect_over(exchanges::replaying(*recordings));
    EXPECT_EQ(stock, events_of("stock"));
    EXPECT_EQ(products, events_of("products"));
    const Result<runtime::Applied> written = apply(export_command());
    ASSERT_FALSE(written);
    EXPECT_TRUE(written.error().message.contains("holds no answer to ")) << written.error().message;
}

TEST_P(RecordedOf, CustomersAreReplayedAndNotKept) {
    connect();
    ASSERT_TRUE(apply(export_command()));  // makes Petar
    const auto recorder = exchanges::Recorder::open(folder_.string(), kit().words);
    connect_over(exchanges::recording(http::curl_transport({}), *recorder));
    const std::size_t count = events_of("customers").size();
    EXPECT_GT(count, 0U);
    const std::string text = recorded_text();
    for (const char* hidden : {"demo-key", "Petar", "Petrovi", "petar@example.com", "641112223", "Ulica"})
        EXPECT_FALSE(text.contains(hidden)) << hidden;
    const auto recordings = exchanges::Recordings::load(folder_.string(), kit().words);
    connect_over(exchanges::replaying(*recordings));
    EXPECT_EQ(count, events_of("customers").size());
}

}  // namespace
}  // namespace shopwire::sors
