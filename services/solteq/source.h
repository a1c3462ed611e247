// Reads one connection: products, prices, balances, customers.  Thread-safe across streams.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/runtime/connector.h"
#include "common/runtime/held_pass.h"
#include "services/solteq/campaign.h"
#include "services/solteq/client.h"
#include "services/solteq/translator.h"

namespace shopwire::solteq {

inline constexpr std::string_view kProducts = "products";    // what changed
inline constexpr std::string_view kCatalogue = "catalogue";  // all of them: what is gone
inline constexpr std::string_view kCampaigns = "campaigns";  // the price of every product, with its sale
inline constexpr std::string_view kBalances = "balances";
inline constexpr std::string_view kCustomers = "customers";

// Of products and customers: from where all comes again that changed since then; never further on than `current`.
Result<runtime::Cursor> cursor_since(std::int64_t since_ms, const runtime::Cursor& current);

class Source final : public runtime::Source {
 public:
    static constexpr std::size_t kBalancesMax = 1'000'000;  // rows of one pass
    static constexpr std::size_t kSliceRows = 4'000;        // of a page

    // What the context lends outlives the source.
    Source(std::shared_ptr<const Room> room, const runtime::ConnectionContext& context);

    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    Result<runtime::Page> changed(std::string_view stream, const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> catalogue(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> campaigns(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> balances(const runtime::Cursor& from, std::stop_token stop);
    void add_product(runtime::Page& page, const dialect::Record& record, const events::v1::Source& source) const;
    void add_price(runtime::Page& page, const dialect::Record& record, const CampaignBook& book,
                   const events::v1::Source& source) const;
    void add_customer(runtime::Page& page, const dialect::Record& record, const events::v1::Source& source, bool all);
    void settle_customers(const std::string& cursor);
    Result<CampaignBook> load_campaigns(std::stop_token stop);
    // A stock that several stores sell from counts once, for the first of them.
    struct BalancePass {
        std::int64_t began_ms = 0;
        std::size_t store = 0;  // whose pages are read
        std::string page{};
        std::vector<dialect::Record> records{};  // of that store
        std::vector<BalanceRow> rows{};
        std::vector<runtime::Change> unread{};
        std::set<std::pair<std::string, std::string>> counted{};  // SKU and stock
        std::unordered_map<std::string, std::size_t> places{};    // of rows, by location and SKU
        std::size_t negative = 0;
        std::size_t given = 0;
    };
    Result<runtime::Page> collect_balances(BalancePass& pass, std::stop_token stop);
    void add_balance(BalancePass& pass, const dialect::Record& record) const;
    runtime::Page hand_out(BalancePass& pass) const;
    events::v1::Source source_of(events::v1::Origin origin, std::int64_t read_started_at_ms,
                                 const std::string& location = {}) const;

    const std::shared_ptr<const Room> room_;
    const Client& client_ = *room_->client;
    const Settings& settings_ = room_->settings;
    const dialect::Zone& zone_ = room_->engine->zone();
    const std::string merchant_;
    const std::string connection_;
    Clock& clock_;
    std::array<metrics::Gauge*, kSkipNames.size()> skipped_{};
    metrics::Counter& echoes_dropped_;
    metrics::Gauge& negative_balances_;

    // Of the stream campaigns, between the pages of one pass.
    std::optional<CampaignBook> book_{};
    std::int64_t priced_at_ms_ = 0;
    // Of the stream customers: what the last page gave out.  Agreed on once its cursor comes back, for then it is
    // durable; a page that is read again is given again.
    struct GivenCustomer {
        std::string id{}, before{}, hash{};
    };
    std::vector<GivenCustomer> given_{};
    std::string given_cursor_{};
    runtime::HeldPass<BalancePass> balances_{};
};

}  // namespace shopwire::solteq
