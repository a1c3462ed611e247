// Goal: streams run by their schedules, and a person's wish is served and told of.  Method: a connection whose source
// is a script, real threads, the real clock.
#include "common/runtime/sources.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "common/testing/fake_transport.h"
#include "common/testing/memory_producer.h"
#include "tests/unit/common/runtime/memory_state.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

// Counts its readings; each has two pages of five rows.
class CountedSource final : public Source {
 public:
    struct Told {
        std::atomic<int> passes = 0;
        std::mutex mutex{};  // guards what follows
        std::vector<std::string> asked{};
        std::optional<Error> error{};
        std::string fails_from{};  // "half": the second page
    };
    explicit CountedSource(std::shared_ptr<Told> told) : told_(std::move(told)) {}
    Result<Page> read(std::string_view, const Cursor& from, std::stop_token) override {
        const std::scoped_lock lock(told_->mutex);
        told_->asked.push_back(from.text);
        if (told_->error && from.text >= told_->fails_from) return std::unexpected(*told_->error);
        if (from.text != "half") return Page{.next = {"half"}, .more = true, .rows = 5, .left = 5};
        ++told_->passes;
        return Page{.next = {"end"}, .rows = 5};
    }

 private:
    std::shared_ptr<Told> told_;  // shared with the test
};

class SourcesTest : public ::testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "shopwire-sources-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        std::filesystem::create_directories(folder_ + "/merchants");
    }
    void TearDown() override {
        if (sources_) sources_->stop(5s);
        sources_.reset();
        std::filesystem::remove_all(folder_);
    }
    // Another process, after one that is gone.
    void start_again() {
        sources_->stop(5s);
        sources_ = std::make_unique<Sources>(spec_, installation_, connections_.value(), producer_, state_,
                                             system_clock(), metrics_, Sources::Verdicts{});
        sources_->own({0, 1, 2, 3});
    }
    void start(const std::string& streams) {
        std::ofstream(folder_ + "/merchants/m.yaml")
            << "merchant: m\nconnections:\n  erp:\n    system: acme\n    streams: " << streams << "\n";
        connections_.emplace(spec_, installation_, folder_, system_clock(), transport_, *registry_);
        connections_->reload();
        ASSERT_TRUE(connections_->problems().empty()) << connections_->problems().front();
        sources_ = std::make_unique<Sources>(spec_, installation_, *connections_, producer_, state_, system_clock(),
                                             metrics_, Sources::Verdicts{});
        sources_->own({0, 1, 2, 3});
    }
    Sources::StreamState stream(const std::string& name) const {
        for (const Sources::StreamState& stream : sources_->streams())
            if (stream.stream == name) return stream;
        return {};
    }
    template <class Holds>
    static bool wait_until(const Holds& holds) {
        for (int i = 0; i < 1'000 && !holds(); ++i) system_clock().sleep_for(10ms, {});
        return holds();
    }
    void fail(const std::optional<Error>& error, const std::string& from) {
        const std::scoped_lock lock(told_->mutex);
        told_->error = error;
        told_->fails_from = from;
    }
    Result<Sources::Taken> sync(const std::string& stream, const SyncRequest& request = {}) {
        return sources_->sync_now("m/erp", stream, request);
    }
    bool served(const std::string& name, const Ticket& ticket) {
        return wait_until([&] { return stream(name).plan.served >= ticket.number; });
    }

    std::shared_ptr<CountedSource::Told> told_ = std::make_shared<CountedSource::Told>();
    ConnectorSpec spec_{
        .system = "acme",
        .streams = {{.name = "orders",
                     .interval = 24h,
                     .since = [](std::int64_t, const Cursor&) -> Result<Cursor> { return Cursor{"since"}; }},
                    {.name = "stock", .pass = Pass::kSnapshot, .interval = 24h}},
        .check = [](const config::Node&, config::Problems&) {},
        .create = [told = told_](const config::Node&, const ConnectionContext&) -> Result<Connector> {
            return Connector{.source = std::make_unique<CountedSource>(told)};
        },
    };
    std::string folder_{};
    config::Installation installation_{};
    shopwire::testing::FakeTransport transport_{};
    shopwire::testing::MemoryProducer producer_{};
    MemoryState state_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    RuntimeMetrics metrics_{*registry_, "acme", {}};
    std::optional<Connections> connections_{};
    std::unique_ptr<Sources> sources_{};
};

TEST_F(SourcesTest, WhatIsAskedForIsReadAndItsEndIsTold) {
    start("{stock: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; })) << "the first reading, by schedule";
    const Result<Sources::Taken> taken = sync("orders");
    ASSERT_TRUE(taken && taken->found);
    EXPECT_EQ(taken->quiet_until_ms, 0);
    EXPECT_EQ(taken->ticket.run, sources_->run());
    ASSERT_TRUE(served("orders", taken->ticket));
    EXPECT_EQ(told_->passes, 2);
    const Sources::StreamState shown = stream("orders");
    EXPECT_EQ(shown.progress.done, 10);
    EXPECT_EQ(shown.progress.expected, 10);
    EXPECT_FALSE(shown.plan.under_way);
    EXPECT_GT(shown.plan.due_ms, system_clock().now_ms() + 23 * 3'600'000);
    EXPECT_FALSE(sync("stock")->found) << "it is not enabled";
    EXPECT_TRUE(sync("stock")->none);
    EXPECT_FALSE(sync("prices")->found);
    sources_->own({});  // its slot is another process's now
    EXPECT_FALSE(sync("orders")->found);
    EXPECT_FALSE(sync("orders")->none) << "who asks here is to ask again, or elsewhere";
    EXPECT_TRUE(sync("prices")->none);
}

// What it did is taken back, so that its cursor must not say that it is done: neither when the connection is resumed
// nor in the process after this one.  Its next reading is due in 24 hours.
TEST_F(SourcesTest, AStreamWhoseWorkIsTakenBackBeginsAnew) {
    bool works = true;
    bool resumes = true;
    spec_.streams.front().undone_by_leaving = true;
    spec_.streams.front().from_start = [](const Cursor& current) -> Result<Cursor> {
        return Cursor{"again " + current.text};
    };
    spec_.create = [&](const config::Node&, const ConnectionContext&) -> Result<Connector> {
        return Connector{.source = std::make_unique<CountedSource>(told_),
                         .leave = [&](std::stop_token) -> Result<std::vector<std::string>> {
                             if (resumes) connections_->set_stopped("m/erp", "");  // too early
                             const int before = told_->passes;
                             system_clock().sleep_for(200ms, {});
                             EXPECT_EQ(told_->passes, before) << "it is not read meanwhile";
                             if (!works) return transient("testing");
                             return std::vector<std::string>{"taken back"};
                         }};
    };
    start("{stock: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    const auto leave = [this] {
        EXPECT_TRUE(wait_until([&] { return !stream("orders").plan.under_way; }));
        connections_->set_stopped("m/erp", "paused");
        return sources_->leave(*connections_->find("m/erp"), {});
    };
    const Result<std::vector<std::string>> left = leave();
    ASSERT_TRUE(left) << left.error().message;
    EXPECT_EQ(left->front(), "taken back");
    EXPECT_TRUE(wait_until([&] { return told_->passes == 2; })) << "resumed";
    works = false;
    EXPECT_FALSE(leave());
    EXPECT_TRUE(wait_until([&] { return told_->passes == 3; })) << "nobody knows how far that came";
    works = true;
    state_.fail_saves = 1;
    EXPECT_FALSE(leave()) << "nothing is taken back while the cursor says that it is done";
    resumes = false;
    ASSERT_TRUE(leave());
    start_again();
    connections_.value().set_stopped("m/erp", "");
    EXPECT_TRUE(wait_until([&] { return told_->passes == 4; })) << "in the next process";
    const std::scoped_lock lock(told_->mutex);
    EXPECT_EQ(told_->asked,
              (std::vector<std::string>{"", "half", "again end", "half", "again end", "half", "again end", "half"}));
}

TEST_F(SourcesTest, AScheduleIsKept) {
    start("{orders: {interval: 20ms}, stock: {enabled: off}}");
    EXPECT_TRUE(wait_until([&] { return told_->passes >= 3; }));
}

// All day but one minute far from now is quiet.
TEST_F(SourcesTest, QuietHoursHoldTheScheduleUpAndNoPerson) {
    const std::int64_t minute = system_clock().now_ms() / 60'000 % 1'440;
    const auto clock = [](std::int64_t at) {
        const std::string text = std::to_string(100'00 + at / 60 % 24 * 100 + at % 60);
        return text.substr(1, 2) + ":" + text.substr(3, 2);
    };
    start("{orders: {quiet: [\"" + clock(minute + 721) + "-" + clock(minute + 720) + "\"]}, stock: {enabled: off}}");
    EXPECT_FALSE(wait_until([&] { return told_->passes > 0 || stream("orders").plan.due_ms > 0; }) &&
                 told_->passes > 0);
    const std::int64_t due_ms = stream("orders").plan.due_ms;
    EXPECT_GT(due_ms, system_clock().now_ms() + 11 * 3'600'000);
    const Result<Sources::Taken> taken = sync("orders");
    ASSERT_TRUE(taken && taken->found);
    EXPECT_EQ(taken->quiet_until_ms, due_ms);
    EXPECT_TRUE(served("orders", taken->ticket));
    EXPECT_EQ(told_->passes, 1);
}

TEST_F(SourcesTest, AReadingSinceATimeOnlyWhereTheStreamCan) {
    start("{}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 2; }));
    const Result<Sources::Taken> refused = sync("stock", {.since_ms = 1});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "stream stock cannot be read from a time; those that can: orders");
    const Result<Sources::Taken> taken = sync("orders", {.since_ms = 1});
    ASSERT_TRUE(taken && taken->found);
    ASSERT_TRUE(served("orders", taken->ticket));
    const std::scoped_lock lock(told_->mutex);
    EXPECT_EQ(told_->asked[told_->asked.size() - 2], "since");
}

TEST_F(SourcesTest, WhoAskedIsToldThatItFailed) {
    start("{orders: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    {
        const std::scoped_lock lock(told_->mutex);
        told_->error = Error{.kind = ErrorKind::kRejected, .message = "HTTP 404"};
    }
    const Result<Sources::Taken> taken = sync("stock");
    ASSERT_TRUE(taken && served("stock", taken->ticket));
    EXPECT_EQ(stream("stock").plan.failure, "reading stream stock: HTTP 404");
}

// Its first half may be old by the time the key works again.
TEST_F(SourcesTest, ASnapshotThatAKeyStoppedIsBegunAnew) {
    start("{orders: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    {
        const std::scoped_lock lock(told_->mutex);
        told_->error = Error{.kind = ErrorKind::kAuth, .message = "HTTP 401"};
        told_->fails_from = "half";
    }
    const Result<Sources::Taken> taken = sync("stock");
    ASSERT_TRUE(taken && served("stock", taken->ticket));
    EXPECT_EQ(stream("stock").plan.failure, "reading stream stock: HTTP 401");
    std::size_t before = 0;
    {
        const std::scoped_lock lock(told_->mutex);
        told_->error.reset();
        before = told_->asked.size();
    }
    const Result<Sources::Taken> again = sync("stock");
    ASSERT_TRUE(again && served("stock", again->ticket));
    const std::scoped_lock lock(told_->mutex);
    EXPECT_EQ(told_->asked.at(before), "") << "not where it stopped";
}

// The process that began it is gone: the next one does not wait a day.
TEST_F(SourcesTest, ASnapshotThatWasUnderWayIsBegunAnewByTheNextProcess) {
    start("{orders: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    {
        const std::scoped_lock lock(told_->mutex);
        told_->error = Error{.kind = ErrorKind::kTransient, .message = "HTTP 503"};
    }
    ASSERT_TRUE(sync("stock"));
    ASSERT_TRUE(wait_until([&] { return !stream("stock").last_error.empty(); }));
    EXPECT_TRUE(stream("stock").plan.under_way);
    EXPECT_EQ(stream("stock").progress.done, 0) << "the rows of the reading before it are not its own";
    sources_->stop(5s);
    {
        const std::scoped_lock lock(told_->mutex);
        told_->error.reset();
    }
    start("{orders: {enabled: off}}");
    EXPECT_TRUE(wait_until([&] { return told_->passes == 2; }));
}

// The page where its second half begins is asked for again and again: it is under way.
TEST_F(SourcesTest, AReadingFromTheStartIsTheSameOneInTheNextProcess) {
    start("{stock: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    fail(Error{.kind = ErrorKind::kTransient, .message = "HTTP 503"}, "half");
    const Result<Sources::Taken> taken = sync("orders", {.full = true});
    ASSERT_TRUE(taken && wait_until([&] { return !stream("orders").last_error.empty(); }));
    sources_->stop(5s);
    std::size_t before = 0;
    {
        const std::scoped_lock lock(told_->mutex);
        before = told_->asked.size();
    }
    start("{stock: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return stream("orders").inherited == taken->ticket; }));
    EXPECT_TRUE(stream("orders").plan.under_way);
    fail(std::nullopt, {});
    ASSERT_TRUE(wait_until([&] { return told_->passes == 2 && !stream("orders").plan.under_way; }));
    EXPECT_EQ(stream("orders").inherited, taken->ticket) << "he may still be told";
    EXPECT_EQ(stream("orders").plan.failure, "");
    {
        const std::scoped_lock lock(told_->mutex);
        EXPECT_EQ(told_->asked.at(before), "half");
    }
    const Result<Sources::Taken> next = sync("orders");
    ASSERT_TRUE(next && served("orders", next->ticket));
    EXPECT_EQ(stream("orders").inherited, Ticket{});
}

// What a slot cannot give is asked for slowly, not at once again because somebody waits.
TEST_F(SourcesTest, AStreamThatCannotBeOpenedIsTriedAgainAndWhoWaitsIsTold) {
    installation_.runtime.start_delay = 50ms;
    installation_.runtime.backoff_first = 100ms;
    installation_.runtime.backoff_max = 100ms;
    state_.cursors["m/erp/orders"] = "\x05";
    start("{stock: {enabled: off}}");
    const Result<Sources::Taken> taken = sync("orders");
    ASSERT_TRUE(taken && served("orders", taken->ticket));
    EXPECT_TRUE(stream("orders").plan.failure.contains("not a CursorState message")) << stream("orders").plan.failure;
    EXPECT_FALSE(stream("orders").plan.under_way);
    EXPECT_EQ(told_->passes, 0);
    const double failures = metrics_.stream("m/erp", "orders").failures->value();
    EXPECT_FALSE(wait_until([&, end = system_clock().monotonic() + 300ms] {
                     return metrics_.stream("m/erp", "orders").failures->value() > failures + 10 ||
                            system_clock().monotonic() > end;
                 }) &&
                 metrics_.stream("m/erp", "orders").failures->value() > failures + 10);
    {
        const std::scoped_lock lock(state_.mutex);
        state_.cursors.clear();
    }
    EXPECT_TRUE(wait_until([&] { return told_->passes == 1; }));
}

// Whoever has the slot now tells it.
TEST_F(SourcesTest, OfAConnectionThatIsServedElsewhereNothingIsShownAsFailing) {
    start("{orders: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    fail(Error{.kind = ErrorKind::kRejected, .message = "HTTP 404"}, {});
    const Result<Sources::Taken> taken = sync("stock");
    ASSERT_TRUE(taken && served("stock", taken->ticket));
    StreamMetrics& shown = metrics_.stream("m/erp", "stock");
    shown.rows_failed->set(3);
    installation_.runtime.start_delay = 1h;  // not read again here
    sources_->refresh({"m/erp"});
    EXPECT_EQ(shown.stopped->value(), 1) << "it is still ours";
    EXPECT_EQ(shown.rows_failed->value(), 3);
    sources_->own({});
    EXPECT_EQ(shown.stopped->value(), 0);
    EXPECT_EQ(shown.rows_failed->value(), 0);
}

// A day would be long for what may go well the next time; whoever waits is told at once.
TEST_F(SourcesTest, WhatWasRefusedComesAgainSoonerWhereTheSourceSaysSo) {
    installation_.runtime.backoff_max = 20ms;
    start("{orders: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes == 1; }));
    fail(Error{.kind = ErrorKind::kRejected, .message = "it changed", .retry_after = 15min}, {});
    const Result<Sources::Taken> taken = sync("stock");
    ASSERT_TRUE(taken && served("stock", taken->ticket));
    const Sources::StreamState shown = stream("stock");
    EXPECT_EQ(shown.plan.failure, "reading stream stock: it changed");
    EXPECT_GT(shown.plan.due_ms, system_clock().now_ms() + 14 * 60'000);
    EXPECT_LE(shown.plan.due_ms, system_clock().now_ms() + 15 * 60'000);
}

TEST_F(SourcesTest, WhatWasRefusedComesAgainByItsTimetable) {
    installation_.runtime.backoff_max = 20ms;
    start("{orders: {interval: 20ms}, stock: {enabled: off}}");
    ASSERT_TRUE(wait_until([&] { return told_->passes >= 1; }));
    fail(Error{.kind = ErrorKind::kRejected, .message = "the list changed while it was read"}, {});
    ASSERT_TRUE(wait_until([&] { return metrics_.stream("m/erp", "orders").failures->value() >= 3; }));
    EXPECT_EQ(metrics_.stream("m/erp", "orders").stopped->value(), 1);
    const int passes = told_->passes;
    fail(std::nullopt, {});
    EXPECT_TRUE(wait_until([&] { return told_->passes > passes; }));
    EXPECT_TRUE(wait_until([&] { return metrics_.stream("m/erp", "orders").stopped->value() == 0; }));
}

}  // namespace
}  // namespace shopwire::runtime
