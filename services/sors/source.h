// Reads stock, prices, products, customers and debts of one connection.  All streams are snapshots: what a whole pass
// does not name is gone.  Thread-safe across streams.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "common/runtime/connector.h"
#include "services/sors/client.h"
#include "services/sors/translator.h"

namespace shopwire::sors {

inline constexpr std::string_view kStock = "stock";
inline constexpr std::string_view kProducts = "products";
inline constexpr std::string_view kCustomers = "customers";
inline constexpr std::string_view kBalances = "balances";

class Source final : public runtime::Source {
 public:
    static constexpr std::size_t kRowsMax = 500'000;  // of a pass that sums units
    static constexpr std::size_t kSliceRows = 4'000;  // of such a pass, per page

    // What the context lends outlives the source.
    Source(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context);

    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    // "<database>\n<index of the unit>\n<page>": a pass stays in the database where it began.
    struct Position {
        std::string database{};
        std::size_t index = 0;  // of the unit, or of the first row of a slice
        std::string page{};
    };
    using Events = std::vector<events::Event>;
    using Translate = std::function<Result<Events>(const std::string& record)>;

    Result<runtime::Page> stock(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> summed_stock(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> products(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> customers(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> balances(const runtime::Cursor& from, std::stop_token stop);
    Status sum_units(std::stop_token stop);
    Status add_pictures(events::v1::Product& product, const std::string& database, std::stop_token stop) const;
    Result<Groups> groups(const std::string& database, std::stop_token stop) const;

    Result<Position> position(const runtime::Cursor& from) const;
    Result<StockRow> row_of(const std::string& record, const std::string& unit) const;
    // The events of a page's records.  A record that is refused is set aside; any other failure is the page's.
    Result<runtime::Page> page_of(Outcome<dialect::RecordPage> read, const Position& at, const Translate& translate);
    events::v1::Source source_of(const std::string& location, std::int64_t read_started_at_ms) const;

    const std::shared_ptr<const Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    const runtime::ConnectionContext context_;
    Clock& clock_;
    metrics::Counter& pictures_left_out_;
    metrics::Counter& unknown_values_;
    std::mutex mutex_{};                   // of the pass that sums units; only its slices are kept between calls
    std::vector<StockRow> summed_{};
    std::vector<runtime::Change> unread_{};
    std::int64_t summed_started_ms_ = 0;
};

}  // namespace shopwire::sors
