// A stream of pages that a test writes, read with everything in memory.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "common/events/topics.h"
#include "common/runtime/stream_reader.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_producer.h"
#include "tests/unit/common/runtime/memory_state.h"

namespace shopwire::runtime {

using namespace std::chrono_literals;

// Pages by cursor text; a stream of stock or of orders.
class PagedSource final : public Source {
 public:
    Result<Page> read(std::string_view, const Cursor& from, std::stop_token) override {
        asked.push_back(from.text);
        if (error) return std::unexpected(*error);
        return pages.at(from.text);
    }
    std::map<std::string, Page> pages{};
    std::vector<std::string> asked{};
    std::optional<Error> error{};
};

inline Change order(const std::string& id) {
    events::Event event;
    event.mutable_order()->set_native_id(id);
    event.mutable_order()->set_currency("EUR");
    return {.raw = "{}", .event = event};
}

inline Change stock(int number, int quantity) {
    events::Event event;
    event.mutable_source()->set_location("1");
    event.mutable_stock()->set_sku("S" + std::to_string(number));
    event.mutable_stock()->mutable_on_hand()->set_micros(quantity * Decimal::kOne);
    return {.raw = "{}", .event = event};
}

class StreamReaderTest : public ::testing::Test {
 protected:
    std::unique_ptr<StreamReader> reader(Pass pass, std::chrono::milliseconds full = 0ms, bool told_elsewhere = false,
                                         std::function<Result<Cursor>(const Cursor&)> from_start = {}) {
        return std::make_unique<StreamReader>(StreamIdentity{.merchant = "m",
                                                             .connection = "erp",
                                                             .system = "acme",
                                                             .stream = "things",
                                                             .pass = pass,
                                                             .told_elsewhere = told_elsewhere,
                                                             .full_interval = full,
                                                             .from_start = std::move(from_start),
                                                             .router_partitions = 3},
                                              producer_, state_, clock_, metrics_);
    }
    void goods(int first, int last, int quantity = 5) {
        Page page;
        for (int i = first; i <= last; ++i) page.changes.push_back(stock(i, quantity));
        source_.pages[""] = std::move(page);
    }
    std::size_t count(events::Event::BodyCase body) {
        std::size_t found = 0;
        for (const kafka::Record& record : producer_.records()) {
            const Result<events::Event> event = events::parse_event(record);
            if (event && event->body_case() == body) ++found;
        }
        return found;
    }
    void pass_once(StreamReader& reader) {
        const Result<bool> more = reader.step(source_, {});
        ASSERT_TRUE(more) << more.error().message;
        EXPECT_FALSE(*more);
    }

    testing::FakeClock clock_{};
    testing::MemoryProducer producer_{};
    MemoryState state_{};
    PagedSource source_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    RuntimeMetrics metrics_{*registry_, "acme", {}};
};

}  // namespace shopwire::runtime
