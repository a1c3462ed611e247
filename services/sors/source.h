// Reads stock, prices, products, customers and debts of one connection.  All streams are snapshots: what a whole pass
// does not name is gone.  Thread-safe across streams.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/runtime/connector.h"
#include "common/runtime/held_pass.h"
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
        std::size_t index = 0;  // of the unit
        std::string page{};
    };
    using Events = std::vector<events::Event>;
    using Translate = std::function<Result<Events>(const std::string& record)>;

    Result<runtime::Page> stock(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> summed_stock(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> products(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> customers(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> balances(const runtime::Cursor& from, std::stop_token stop);
    struct SumPass {
        std::int64_t began_ms = 0;
        std::string database{};  // a pass stays where it began
        std::size_t unit = 0;    // whose pages are read
        std::string page{};
        std::vector<StockRow> of_unit{};
        std::vector<runtime::Change> unread_of_unit{};
        std::vector<StockRow> rows{};  // the sums
        std::vector<runtime::Change> unread{};
        std::unordered_map<std::string, std::size_t> places{};  // of rows, by SKU
        std::size_t given = 0;
    };
    Result<runtime::Page> sum_units(SumPass& pass, std::stop_token stop);
    static void add_unit(SumPass& pass);
    runtime::Page hand_out(SumPass& pass) const;
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
    std::mutex mutex_{};  // of the pass that sums units
    runtime::HeldPass<SumPass> sums_{};
};

}  // namespace shopwire::sors
