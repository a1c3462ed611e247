// Reads stock, prices and products of one connection.  Both streams are snapshots: an article that a whole pass does
// not name is gone. Thread-safe across streams.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/sors/client.h"
#include "services/sors/translator.h"

namespace shopwire::sors {

class Source final : public runtime::Source {
 public:
    static constexpr std::size_t kRowsMax = 500'000;  // of a pass that sums units
    static constexpr std::size_t kSliceRows = 4'000;  // of such a pass, per page

    // What the context lends outlives the source.
    Source(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context)
        : room_(std::move(room)), merchant_(context.merchant), connection_(context.connection), clock_(context.clock) {}

    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    Result<runtime::Page> stock(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> summed_stock(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> products(const runtime::Cursor& from, std::stop_token stop);
    Status sum_units(std::stop_token stop);
    Result<std::string> database_today() const;
    events::v1::Source source_of(const std::string& location, std::int64_t read_started_at_ms) const;

    const std::shared_ptr<const Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    const std::string merchant_;
    const std::string connection_;
    Clock& clock_;
    std::mutex mutex_{};                   // of the pass that sums units; only its slices are kept between calls
    std::vector<StockRow> summed_{};
    std::vector<runtime::Change> unread_{};
    std::int64_t summed_started_ms_ = 0;
};

}  // namespace shopwire::sors
