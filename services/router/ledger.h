// The stock arithmetic of one article: what may be sold, by what we know.  Pure functions over the stored Ledger.
//
//   sellable = max(0, sum of the owner's free pieces - pieces of orders that the owner does not count yet - buffer)
//
// An order is subtracted from the moment we know it until (a) a document that moves the owner's number is confirmed and
// (b) a read of the owner that started later than that confirmation, plus `release_lag`, is in.  So a number that is
// published never holds pieces that an order known to us has taken.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/decimal.h"
#include "services/router/routes.h"
#include "shopwire/commands/v1/command.pb.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::router {

// Released and known orders are listed to the target for so long, so that it can tell known orders from unknown ones.
constexpr std::int64_t kCountedMs = std::int64_t{48} * 3600 * 1000;
constexpr int kLedgerOrdersMax = 5'000;  // of one article; past it released ones go first

// Whether a document of this type moves the number that the route counts.
bool moves_stock(events::v1::DocumentType type, const StockRoute& route);

// Each returns true when the ledger changed.
bool apply_snapshot(internal::v1::Ledger& ledger, const internal::v1::LedgerSnapshot& snapshot);
bool apply_claim(internal::v1::Ledger& ledger, const internal::v1::LedgerOrder& claim);
bool apply_confirmation(internal::v1::Ledger& ledger, const internal::v1::LedgerConfirmation& confirmation);

// When the last complete pass over a location started: 0 when there was none.
using PassStarted = std::function<std::int64_t(const std::string& connection, const std::string& location)>;

// Marks the orders as released that the owner's reads now count, and forgets what is older than kCountedMs.
void release(internal::v1::Ledger& ledger, const StockRoute& route, const PassStarted& pass_started,
             std::int64_t now_ms);

// nullopt: the owner has told nothing about this article yet, so nothing may be said.
std::optional<Decimal> sellable(const internal::v1::Ledger& ledger, const StockRoute& route);

// Pieces of an order that the owner's number does not count yet.
Decimal subtracted(const internal::v1::LedgerOrder& order);

// It has been subtracted for longer than the route's `reservation_max`: somebody must look.  It stays subtracted.
bool is_overdue(const internal::v1::LedgerOrder& order, const StockRoute& route, std::int64_t now_ms);

// Something waits for the owner's next pass: an order that is still subtracted, or a number that is to be sent again.
bool is_open(const internal::v1::Ledger& ledger);

// The command for one target SKU when its number changed or is to be sent again; nullopt otherwise.  Counts the
// sequence up.
std::optional<commands::v1::Command> publish(internal::v1::Ledger& ledger, const StockRoute& route,
                                             const std::string& target_sku, std::int64_t now_ms);

// A target answered: what it shows is not what was published, so the next evaluation sends again.
bool unpublish(internal::v1::Ledger& ledger, const std::string& connection, const std::string& target_sku,
               std::uint64_t sequence);

// An order became known after the number was published: sending again can now succeed.
bool knows_more(const internal::v1::Ledger& ledger, const std::string& connection, const std::string& target_sku);

// A target refused its newest number for good.  True: it has told of the article since that was sent, so the number is
// to be sent again.
bool refuse(internal::v1::Ledger& ledger, const std::string& connection, const std::string& target_sku,
            std::uint64_t sequence);

// The target has an article that it lacked; made by hand it may have had it before.  True: its number is to be sent
// again.
bool apply_made(internal::v1::Ledger& ledger, const internal::v1::LedgerMade& made, std::int64_t at_ms);

enum class Shown : std::uint8_t { kAsPublished, kTooMuch, kTooLittle };
// Compares what a target shows with what was published.  A target that differs is marked to be sent again.
Shown apply_shown(internal::v1::Ledger& ledger, const internal::v1::LedgerShown& shown);

}  // namespace shopwire::router
