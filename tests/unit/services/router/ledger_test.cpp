// The ledger never publishes a piece that an order known to us has taken.
#include "services/router/ledger.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "common/events/codec.h"

namespace shopwire::router {
namespace {

using events::to_proto;
using internal::v1::Ledger;

Decimal pieces(std::int64_t count) { return Decimal::from_integer(count); }
PassStarted no_pass() {
    return [](const std::string&, const std::string&) { return std::int64_t{0}; };
}

StockRoute route() {
    StockRoute out;
    out.owner = "erp";
    out.to = "shop";
    out.release_lag = std::chrono::milliseconds(0);
    return out;
}

internal::v1::LedgerSnapshot snapshot(std::int64_t free, std::int64_t started_ms) {
    internal::v1::LedgerSnapshot out;
    out.set_connection("erp");
    out.set_location("1");
    *out.mutable_free() = to_proto(pieces(free));
    out.set_read_started_at_ms(started_ms);
    out.mutable_seen()->set_observed_at_ms(started_ms);
    out.set_sku("A-100");
    return out;
}

internal::v1::LedgerOrder claim(const std::string& id, std::int64_t quantity, std::int64_t modified_ms) {
    internal::v1::LedgerOrder out;
    out.set_connection("shop");
    out.set_native_id(id);
    *out.mutable_quantity() = to_proto(pieces(quantity));
    out.set_modified_at_ms(modified_ms);
    out.set_known_at_ms(modified_ms);
    out.set_owner("erp");
    return out;
}

internal::v1::LedgerConfirmation confirmation(const std::string& id, std::int64_t quantity, std::int64_t at_ms) {
    internal::v1::LedgerConfirmation out;
    out.set_connection("shop");
    out.set_native_id(id);
    out.set_confirmed_at_ms(at_ms);
    *out.mutable_quantity() = to_proto(pieces(quantity));
    return out;
}

class LedgerTest : public ::testing::Test {
 protected:
    Decimal now_sellable(std::int64_t now_ms = 1'000) {
        release(ledger_, route_, no_pass(), now_ms);
        return sellable(ledger_, route_).value_or(pieces(-1));
    }
    Ledger ledger_{};
    StockRoute route_ = route();
};

TEST_F(LedgerTest, SaysNothingBeforeTheOwnerDid) {
    apply_claim(ledger_, claim("1", 1, 10));
    EXPECT_FALSE(sellable(ledger_, route_).has_value());
    EXPECT_FALSE(publish(ledger_, route_, "A-100", 10).has_value());
}

TEST_F(LedgerTest, SubtractsAnOrderUntilALaterReadCountsIt) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 2, 110));
    EXPECT_EQ(now_sellable(), pieces(3));
    apply_confirmation(ledger_, confirmation("1", 2, 200));
    EXPECT_EQ(now_sellable(), pieces(3)) << "the read is older than the document";
    apply_snapshot(ledger_, snapshot(5, 200));
    EXPECT_EQ(now_sellable(), pieces(3)) << "a read that started at the same instant may not hold it yet";
    apply_snapshot(ledger_, snapshot(3, 201));
    EXPECT_EQ(now_sellable(), pieces(3));
    EXPECT_NE(ledger_.orders(0).released_at_ms(), 0);
}

TEST_F(LedgerTest, ACompletePassCountsForRowsThatDidNotChange) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 2, 110));
    apply_confirmation(ledger_, confirmation("1", 2, 200));
    release(ledger_, route_, [](const std::string&, const std::string&) { return std::int64_t{300}; }, 310);
    EXPECT_EQ(sellable(ledger_, route_), pieces(5));
}

TEST_F(LedgerTest, WaitsTheReleaseLag) {
    route_.release_lag = std::chrono::milliseconds(50);
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 2, 110));
    apply_confirmation(ledger_, confirmation("1", 2, 200));
    apply_snapshot(ledger_, snapshot(3, 240));
    EXPECT_EQ(now_sellable(), pieces(1));
    apply_snapshot(ledger_, snapshot(3, 251));
    EXPECT_EQ(now_sellable(), pieces(3));
}

TEST_F(LedgerTest, ACancelledOrderTakesNothing) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 2, 110));
    apply_claim(ledger_, claim("1", 0, 120));
    EXPECT_EQ(now_sellable(), pieces(5));
}

TEST_F(LedgerTest, AnOrderThatGrewAfterItsDocumentIsSubtractedForTheRest) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 1, 110));
    apply_confirmation(ledger_, confirmation("1", 1, 200));
    apply_snapshot(ledger_, snapshot(4, 300));
    EXPECT_EQ(now_sellable(), pieces(4));
    apply_claim(ledger_, claim("1", 3, 310));
    EXPECT_EQ(now_sellable(), pieces(2)) << "the document holds one of three";
}

TEST_F(LedgerTest, AnOrderThatGrewBeforeItsDocumentWasConfirmedKeepsWhatThatDoesNotHold) {
    apply_snapshot(ledger_, snapshot(10, 100));
    apply_claim(ledger_, claim("1", 1, 110));
    apply_claim(ledger_, claim("1", 3, 120));
    apply_confirmation(ledger_, confirmation("1", 1, 200));
    apply_snapshot(ledger_, snapshot(9, 300));
    EXPECT_EQ(now_sellable(), pieces(7));
}

TEST_F(LedgerTest, AForgottenOrderThatIsTouchedAgainIsNotSubtractedAgain) {
    apply_snapshot(ledger_, snapshot(8, 1'000));
    internal::v1::LedgerOrder shipped = claim("1", 2, 2'000);  // days later; its document was confirmed long ago
    shipped.set_confirmed_at_ms(500);
    *shipped.mutable_confirmed_quantity() = to_proto(pieces(2));
    apply_claim(ledger_, shipped);
    EXPECT_EQ(now_sellable(), pieces(8));
}

TEST_F(LedgerTest, OnlyTheRouteOfItsShopReleasesAnOrder) {
    route_.locations = {"1"};
    StockRoute other = route_;
    other.to = "shop2";
    other.locations = {"2"};
    apply_snapshot(ledger_, snapshot(10, 100));
    apply_claim(ledger_, claim("1", 2, 110));
    apply_confirmation(ledger_, confirmation("1", 2, 200));
    internal::v1::LedgerSnapshot second = snapshot(5, 300);
    second.set_location("2");
    apply_snapshot(ledger_, second);
    release(ledger_, other, no_pass(), 310);
    EXPECT_EQ(now_sellable(), pieces(8)) << "location 1 was not read since";
}

TEST_F(LedgerTest, AnOrderOfAnotherOwnerTakesNothingHere) {
    apply_snapshot(ledger_, snapshot(10, 100));
    internal::v1::LedgerOrder foreign = claim("1", 2, 110);
    foreign.set_owner("erp2");
    apply_claim(ledger_, foreign);
    EXPECT_EQ(now_sellable(), pieces(10));
}

TEST_F(LedgerTest, SaysNothingWhenTheOwnerDoesNotTellWhatTheModeNeeds) {
    internal::v1::LedgerSnapshot only_on_hand = snapshot(0, 100);
    only_on_hand.clear_free();
    *only_on_hand.mutable_on_hand() = to_proto(pieces(9));
    apply_snapshot(ledger_, only_on_hand);
    EXPECT_FALSE(sellable(ledger_, route_).has_value()) << "reserved is not known";
    route_.mode = "on_hand";
    EXPECT_EQ(sellable(ledger_, route_), pieces(9));
}

TEST_F(LedgerTest, ALocationThatIsGoneHoldsNothingAndNothingWaitsForIt) {
    apply_snapshot(ledger_, snapshot(5, 100));
    internal::v1::LedgerSnapshot gone = snapshot(0, 100);
    gone.set_location("2");
    gone.clear_free();
    gone.set_gone(true);
    apply_snapshot(ledger_, gone);
    apply_claim(ledger_, claim("1", 2, 110));
    apply_confirmation(ledger_, confirmation("1", 2, 200));
    apply_snapshot(ledger_, snapshot(3, 300));
    EXPECT_EQ(now_sellable(), pieces(3));
}

TEST_F(LedgerTest, PastItsBoundOnlyTheOldestReleasedOrdersAreForgotten) {
    for (int i = 0; i < kLedgerOrdersMax + 3; ++i) {
        internal::v1::LedgerOrder order = claim(std::to_string(i), 0, 100 + i);
        order.set_released_at_ms(100 + i);
        apply_claim(ledger_, order);
    }
    release(ledger_, route_, no_pass(), 100'000);
    ASSERT_EQ(ledger_.orders_size(), kLedgerOrdersMax);
    EXPECT_EQ(ledger_.orders(0).native_id(), "3");
}

TEST_F(LedgerTest, AnOlderReadThatComesLateIsDropped) {
    apply_snapshot(ledger_, snapshot(3, 200));
    EXPECT_FALSE(apply_snapshot(ledger_, snapshot(9, 100)));
    EXPECT_EQ(now_sellable(), pieces(3));
}

internal::v1::LedgerSnapshot pushed(std::int64_t free, std::int64_t observed, std::int64_t modified = 0) {
    internal::v1::LedgerSnapshot out = snapshot(free, 0);
    out.mutable_seen()->set_observed_at_ms(observed);
    out.mutable_seen()->set_modified_at_ms(modified);
    return out;
}

TEST_F(LedgerTest, WhatIsPushedMayLowerTheNumberButNotRaiseIt) {
    apply_snapshot(ledger_, snapshot(5, 100));
    EXPECT_TRUE(apply_snapshot(ledger_, pushed(3, 110)));
    EXPECT_EQ(now_sellable(), pieces(3));
    EXPECT_FALSE(apply_snapshot(ledger_, pushed(9, 120))) << "it may be older than the read";
    apply_snapshot(ledger_, snapshot(4, 130));
    EXPECT_EQ(now_sellable(), pieces(4));
}

TEST_F(LedgerTest, WhatIsPushedCountsWhenTheOwnersClockSaysThatItIsNewer) {
    internal::v1::LedgerSnapshot read = snapshot(5, 100);
    read.mutable_seen()->set_modified_at_ms(50'000);
    apply_snapshot(ledger_, read);
    EXPECT_TRUE(apply_snapshot(ledger_, pushed(9, 110, 51'000)));
    EXPECT_EQ(now_sellable(), pieces(9));
    EXPECT_FALSE(apply_snapshot(ledger_, pushed(1, 120, 49'000))) << "the owner changed it before";
    internal::v1::LedgerSnapshot under_way = read;  // it passed this article before the change
    under_way.set_read_started_at_ms(105);
    under_way.mutable_seen()->set_observed_at_ms(105);
    EXPECT_FALSE(apply_snapshot(ledger_, under_way));
    EXPECT_EQ(now_sellable(), pieces(9));
}

TEST_F(LedgerTest, WhatIsPushedReleasesNoOrder) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 2, 110));
    apply_confirmation(ledger_, confirmation("1", 2, 200));
    apply_snapshot(ledger_, pushed(3, 300));
    EXPECT_EQ(now_sellable(), pieces(1));
}

TEST_F(LedgerTest, NeverPublishesLessThanNothing) {
    apply_snapshot(ledger_, snapshot(-4, 100));
    EXPECT_EQ(now_sellable(), pieces(0));
}

TEST_F(LedgerTest, HoldsBackTheBuffer) {
    route_.buffer = pieces(2);
    apply_snapshot(ledger_, snapshot(5, 100));
    EXPECT_EQ(now_sellable(), pieces(3));
}

TEST_F(LedgerTest, AddsTheLocationsThatCount) {
    route_.locations = {"1", "2"};
    apply_snapshot(ledger_, snapshot(5, 100));
    internal::v1::LedgerSnapshot second = snapshot(4, 100);
    second.set_location("2");
    apply_snapshot(ledger_, second);
    second.set_location("3");
    apply_snapshot(ledger_, second);
    EXPECT_EQ(now_sellable(), pieces(9));
}

TEST_F(LedgerTest, PublishesOnceAndListsTheOrdersThatItCounts) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("7", 2, 110));
    const auto command = publish(ledger_, route_, "A-100", 120);
    ASSERT_TRUE(command.has_value());
    EXPECT_EQ(command->sequence(), 1U);
    EXPECT_EQ(events::from_proto(command->set_stock().quantity()), pieces(3));
    ASSERT_EQ(command->set_stock().counted_size(), 1);
    EXPECT_EQ(command->set_stock().counted(0).native_id(), "7");
    EXPECT_FALSE(publish(ledger_, route_, "A-100", 130).has_value());
}

TEST_F(LedgerTest, SendsAgainWhatATargetRefusedAsStale) {
    apply_snapshot(ledger_, snapshot(5, 100));
    ASSERT_TRUE(publish(ledger_, route_, "A-100", 120).has_value());
    EXPECT_FALSE(unpublish(ledger_, "shop", "A-100", 7)) << "another number is on its way";
    EXPECT_TRUE(unpublish(ledger_, "shop", "A-100", 1));
    EXPECT_TRUE(is_open(ledger_));
    const auto again = publish(ledger_, route_, "A-100", 130);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->sequence(), 2U);
}

TEST_F(LedgerTest, NoticesThatATargetShowsTooMuch) {
    apply_snapshot(ledger_, snapshot(5, 100));
    ASSERT_TRUE(publish(ledger_, route_, "A-100", 120).has_value());
    internal::v1::LedgerShown shown;
    shown.set_connection("shop");
    shown.set_sku("a-100");
    *shown.mutable_quantity() = to_proto(pieces(9));
    shown.set_observed_at_ms(110);
    EXPECT_EQ(apply_shown(ledger_, shown), Shown::kAsPublished) << "seen before our number was sent";
    shown.set_observed_at_ms(130);
    EXPECT_EQ(apply_shown(ledger_, shown), Shown::kTooMuch);
    EXPECT_TRUE(publish(ledger_, route_, "A-100", 140).has_value());
}

TEST_F(LedgerTest, ForgetsReleasedOrdersAfterTwoDays) {
    apply_snapshot(ledger_, snapshot(5, 100));
    apply_claim(ledger_, claim("1", 0, 110));
    release(ledger_, route_, no_pass(), 1'000);
    EXPECT_EQ(ledger_.orders_size(), 1);
    release(ledger_, route_, no_pass(), 1'001 + kCountedMs);
    EXPECT_EQ(ledger_.orders_size(), 0);
}

struct Moves {
    events::v1::DocumentType type;
    const char* mode;
    bool moves;
};

TEST(LedgerTable, WhichDocumentsMoveTheOwnersNumber) {
    for (const Moves& row : {Moves{events::v1::DOCUMENT_TYPE_RESERVATION, "free", true},
                             Moves{events::v1::DOCUMENT_TYPE_RESERVATION, "on_hand", false},
                             Moves{events::v1::DOCUMENT_TYPE_DELIVERY_NOTE, "on_hand", true},
                             Moves{events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, "free", true},
                             Moves{events::v1::DOCUMENT_TYPE_INVOICE, "free", false}}) {
        StockRoute stock = route();
        stock.mode = row.mode;
        EXPECT_EQ(moves_stock(row.type, stock), row.moves) << row.type << " " << row.mode;
    }
}

// Goal: published <= what is really there minus every order that we know, at every instant, in any interleaving.
// Method: a small world (owner, shop, our reads and documents) whose messages are delivered late; reads and documents
// overlap freely.
class World {
 public:
    explicit World(unsigned seed) : random_(seed) {}

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            now_ += 1 + static_cast<std::int64_t>(random_() % 5);
            switch (random_() % 10) {
                case 0: place_order(); break;
                case 1: make_document(); break;
                case 2: deliver_confirmation(); break;
                case 3: start_read(); break;
                case 4: finish_read(); break;
                case 5: deliver_read(); break;
                case 6: goods_arrive(); break;
                case 7: edit_order(); break;
                case 8: pushes_.push_back(free_); break;
                case 9: deliver_push(); break;
            }
            check();
            if (::testing::Test::HasFatalFailure()) return;
        }
    }

 private:
    struct Read {
        std::int64_t started = 0;
        std::int64_t free = 0;
        bool looked = false;
    };

    void place_order() {
        const std::int64_t quantity = 1 + static_cast<std::int64_t>(random_() % 3);
        const std::string id = std::to_string(++orders_);
        known_ += quantity;
        apply_claim(ledger_, claim(id, quantity, now_));
        waiting_.push_back({id, quantity});  // what its document will hold, whatever becomes of the order
        quantities_.push_back(quantity);
    }
    // Orders only grow here: one that shrinks leaves pieces at the owner that a person has to give back.
    void edit_order() {
        if (quantities_.empty()) return;
        const std::size_t index = random_() % quantities_.size();
        ++quantities_[index];
        ++known_;
        apply_claim(ledger_, claim(std::to_string(index + 1), quantities_[index], now_));
    }
    void make_document() {
        if (waiting_.empty()) return;
        const std::size_t index = random_() % waiting_.size();
        free_ -= waiting_[index].second;  // the owner counts it from here on; our confirmation is later
        now_ += static_cast<std::int64_t>(random_() % 4);
        confirmations_.push_back(confirmation(waiting_[index].first, waiting_[index].second, now_));
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void deliver_confirmation() {
        if (confirmations_.empty()) return;
        apply_confirmation(ledger_, confirmations_.front());
        confirmations_.pop_front();
    }
    void start_read() {
        if (reads_.size() < 4) reads_.push_back({.started = now_});
    }
    void finish_read() {
        for (Read& read : reads_) {
            if (read.looked) continue;
            read.looked = true;
            read.free = free_;
            return;
        }
    }
    void deliver_read() {  // in any order
        if (reads_.empty()) return;
        const std::size_t index = random_() % reads_.size();
        if (!reads_[index].looked) return;
        apply_snapshot(ledger_, snapshot(reads_[index].free, reads_[index].started));
        reads_.erase(reads_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void deliver_push() {  // in any order, and as late as one likes
        if (pushes_.empty()) return;
        const std::size_t index = random_() % pushes_.size();
        apply_snapshot(ledger_, pushed(pushes_[index], now_));
        pushes_.erase(pushes_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    void goods_arrive() {
        const std::int64_t quantity = static_cast<std::int64_t>(random_() % 3);
        free_ += quantity;
        arrived_ += quantity;
    }
    void check() {
        release(ledger_, route_, no_pass(), now_);
        const std::optional<Decimal> number = sellable(ledger_, route_);
        if (!number) return;
        const std::int64_t really = std::max<std::int64_t>(0, arrived_ - known_);
        ASSERT_LE(*number, pieces(really)) << "at " << now_;
    }

    std::mt19937 random_;
    Ledger ledger_{};
    StockRoute route_ = route();
    std::int64_t now_ = 1'000;
    std::int64_t free_ = 50;     // as the owner counts
    std::int64_t arrived_ = 50;  // everything that ever came in
    std::int64_t known_ = 0;     // everything that known orders took
    int orders_ = 0;
    std::vector<std::pair<std::string, std::int64_t>> waiting_{};
    std::vector<std::int64_t> quantities_{};
    std::deque<internal::v1::LedgerConfirmation> confirmations_{};
    std::vector<Read> reads_{};
    std::vector<std::int64_t> pushes_{};  // what the owner's webhooks say
};

TEST(LedgerProperty, PublishedNeverExceedsSellable) {
    for (unsigned seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        World(seed).run(300);
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace shopwire::router
