// Reads one account.  What each stream does and how nothing is lost stands in the README, "Streams".
// One thread at a time per stream; streams may run in parallel.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <stop_token>
#include <string_view>
#include <vector>

#include "services/keycrm/account.h"
#include "services/keycrm/changed.h"
#include "services/keycrm/translator.h"

namespace shopwire::keycrm {

constexpr std::string_view kStock = "stock";
constexpr std::string_view kProducts = "products";
constexpr std::string_view kOrders = "orders";
constexpr std::string_view kBuyers = "buyers";
constexpr std::string_view kFollowUps = "followups";

class Source final : public runtime::Source {
 public:
    static constexpr std::size_t kChangesMax = 500'000;  // of a whole pass
    static constexpr std::size_t kSlice = 5'000;         // of a pass, per page

    // Shared: the parts of a connection are freed in any order, and the last one frees the account.
    explicit Source(std::shared_ptr<Account> account) : account_(std::move(account)) {}

    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    using Changes = std::vector<runtime::Change>;
    using AskPage = std::function<Result<ListPage>(int page)>;
    using TakeRow = std::function<void(json::Value row, std::int64_t asked_at_ms)>;
    // Every row of a list once, or an error: the list is asked for again when it changed meanwhile.
    Status read_whole(const AskPage& ask, const std::function<void()>& restart, const TakeRow& take);
    Status read_stock(Changes& out, std::stop_token stop);
    Status read_products(Changes& out, std::stop_token stop);
    // A pass is held here and handed out in slices.
    Result<runtime::Page> sliced(Changes& pass, const runtime::Cursor& from,
                                 const std::function<Status(Changes&)>& read);
    Result<runtime::Page> read_changed(bool orders, const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> read_follow_ups(std::stop_token stop);
    Status follow_offers(const std::vector<std::string>& ids, Changes& out, std::stop_token stop);
    Status follow_order(const std::string& id, Changes& out, std::stop_token stop);

    std::shared_ptr<Account> account_;
    Changes stock_pass_{};
    Changes products_pass_{};
};

// A translation as changes; one that failed keeps its raw text for the dead letters.
void append(std::vector<runtime::Change>& changes, json::Value raw, Result<Events> translated,
            std::int64_t asked_at_ms = 0);

}  // namespace shopwire::keycrm
