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
    // A list that is told only once it was read as a whole.  It is held here: first its pages come, then slices of it.
    struct WholePass {
        Changes changes{};
        std::set<std::string> ids{};    // of its rows so far
        std::set<std::string> cards{};  // of products: each stands beside all of its variants
        std::int64_t total = -1;
        int page = 1;
        int restarts = 0;
        bool whole = false;
        std::size_t given = 0;
        std::string cursor{};  // the one that it goes on from; any other but `answered` starts it again
        std::string answered{};  // the cursor before that, and what it gave: it is asked again when that got lost
        runtime::Page answer{};
    };
    struct WholeList {
        std::function<Result<ListPage>(int page)> ask{};
        std::function<void(WholePass& pass, json::Value row, std::int64_t asked_at_ms)> take{};
        std::function<void(Changes& changes)> at_end{};
    };
    Result<runtime::Page> read_whole(WholePass& pass, const runtime::Cursor& from, const WholeList& list);
    Result<runtime::Page> collect(WholePass& pass, const WholeList& list);
    static Result<runtime::Page> collect_again(WholePass& pass, std::int64_t rows);
    static runtime::Page hand_out(WholePass& pass);
    WholeList stock_list(std::stop_token stop);
    WholeList products_list(std::stop_token stop);
    Result<runtime::Page> read_changed(bool orders, const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> read_follow_ups(std::stop_token stop);
    Status follow_offers(const std::vector<std::string>& ids, Changes& out, std::stop_token stop);
    Status follow_order(const std::string& id, Changes& out, std::stop_token stop);

    std::shared_ptr<Account> account_;
    WholePass stock_pass_{};
    WholePass products_pass_{};
};

// A translation as changes; one that failed keeps its raw text for the dead letters.
void append(std::vector<runtime::Change>& changes, json::Value raw, Result<Events> translated,
            std::int64_t asked_at_ms = 0);

}  // namespace shopwire::keycrm
