#include "tests/sandbox/keycrm/crm.h"

#include <algorithm>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

constexpr Id kFirstId = 7000;
constexpr int kSeedOffers = 200;

template <class Map>
auto* find_in(Map& map, Id id) {
    const auto found = map.find(id);
    return found == map.end() ? nullptr : &found->second;
}

std::string digits_of(const std::string& text) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c >= '0' && c <= '9'; });
    return out;
}

bool contains(const std::vector<std::string>& all, const std::string& one, std::string (*form)(const std::string&)) {
    return std::ranges::any_of(all, [&](const std::string& each) { return form(each) == form(one); });
}

std::string lowered(const std::string& text) { return kit::lower(text); }

}  // namespace

void Crm::seed() {
    offers.clear();
    products.clear();
    orders.clear();
    buyers.clear();
    later_.clear();
    last_id_ = kFirstId;
    statuses = {{1, "new", "new", 1},
                {2, "waiting_for_prepayment", "waiting", 2},
                {4, "approved", "approved", 2, true},
                {8, "delivered_to_delivery", "delivered_to_delivery", 4, true},
                {9, "delivered", "delivered", 4, true},
                {10, "departing", "departing", 4, true},
                {11, "in_transit", "in_transit", 4, true},
                {12, "completed", "completed", 5, false, true},
                {19, "canceled", "canceled", 6}};
    sources = {{4, "Web shop", "wordpress", 1}, {5, "By phone", "other", std::nullopt}};
    warehouses = {{1, "Main", ""}, {2, "Shop", ""}};
    payment_methods = {{1, "Cash on delivery", ""}, {2, "Card online", ""}, {3, "Bank transfer", ""}};
    delivery_services = {{1, "Nova Poshta", "novaposhta"}, {2, "Courier", ""}};
    expense_types = {{1, "Packing", ""}, {2, "Refund", ""}};
    tags = {{1, "Hot", ""}};
    categories = {{7, "Shirts", ""}};
    // No SKU, a doubled SKU, a fraction, an archived one; the rest is plain.
    for (int i = 1; i <= kSeedOffers; ++i) {
        const bool of_card = i % 10 < 3;  // three of ten are variants of one card
        Product product{.id = 500 + i, .name = "Article " + std::to_string(i), .category_id = 7};
        if (of_card && i % 10 > 0) product.id = 500 + i / 10 * 10 + (i / 10 == 0 ? 1 : 0);
        product.has_offers = of_card;
        product.created = product.updated = now();
        products.try_emplace(product.id, product);
        Offer offer{.id = 9000 + i, .product_id = product.id, .sku = "K-" + std::to_string(i)};
        offer.price = Decimal::whole(100 + i);
        offer.purchased_price = Decimal::whole(50 + i);
        if (of_card) offer.properties.push_back({{"name", "Size"}, {"value", "S" + std::to_string(i % 10)}});
        offer.shelves[1].quantity = Decimal::whole(10);
        if (i % 2 == 0) offer.shelves[2].quantity = Decimal::whole(2);
        if (i == 50) offer.sku.clear();
        if (i == 60) offer.sku = "K-59";
        if (i == 70) offer.shelves[1].quantity = Decimal::parse("2.5").value();
        offer.archived = i == 80;
        offers[offer.id] = offer;
    }
}

std::int64_t Crm::now() const { return kit::now_seconds() + switches.clock_offset_s; }

Offer* Crm::offer(Id id) { return find_in(offers, id); }
Product* Crm::product(Id id) { return find_in(products, id); }
Order* Crm::order(Id id) { return find_in(orders, id); }
Buyer* Crm::buyer(Id id) { return find_in(buyers, id); }

Offer* Crm::offer_by_sku(const std::string& sku) {
    if (sku.empty()) return nullptr;
    for (auto& [id, offer] : offers)
        if (offer.sku == sku) return &offer;
    return nullptr;
}

const Status* Crm::status(Id id) const {
    const auto found = std::ranges::find(statuses, id, &Status::id);
    return found == statuses.end() ? nullptr : &*found;
}

const Source* Crm::source(Id id) const {
    const auto found = std::ranges::find(sources, id, &Source::id);
    return found == sources.end() ? nullptr : &*found;
}

Decimal Crm::quantity(const Offer& offer, const std::set<Id>& only) const {
    Decimal sum;
    for (const auto& [id, shelf] : offer.shelves)
        if (only.empty() || only.contains(id)) sum += shelf.quantity;
    return sum;
}

Decimal Crm::reserve(const Offer& offer, const std::set<Id>& only) const {
    Decimal sum;
    for (const auto& [id, shelf] : offer.shelves)
        if (only.empty() || only.contains(id)) sum += shelf.reserve;
    return sum;
}

Decimal Crm::line_total(const Line& line) const {
    const Decimal percent = line.price * line.discount_percent / Decimal::whole(100);
    if (switches.discount_per_line) return (line.price - percent) * line.quantity - line.discount_amount;
    return (line.price - percent - line.discount_amount) * line.quantity;
}

Decimal Crm::products_total(const Order& order) const {
    Decimal sum;
    for (const Line& line : order.lines) sum += line_total(line);
    return sum.rounded(2);
}

Decimal Crm::grand_total(const Order& order) const {
    const Decimal lines = products_total(order);
    const Decimal percent = lines * order.discount_percent / Decimal::whole(100);
    return (lines - order.discount_amount - percent + order.shipping_price + order.wrap_price + order.taxes).rounded(2);
}

Decimal Crm::paid_total(const Order& order) const {
    Decimal paid;
    for (const Payment& payment : order.payments)
        if (payment.status == "paid") paid += payment.amount;
    return paid;
}

std::string Crm::payment_status(const Order& order) const {
    const Decimal paid = paid_total(order);
    const Decimal total = grand_total(order);
    if (paid.is_zero()) return total.is_zero() ? "paid" : "not_paid";
    return paid < total ? "part_paid" : paid == total ? "paid" : "overpaid";
}

Buyer& Crm::buyer_for(const std::string& full_name, const std::string& email, const std::string& phone) {
    for (auto& [id, buyer] : buyers)
        if (!phone.empty() && contains(buyer.phones, phone, digits_of)) return buyer;
    for (auto& [id, buyer] : buyers)
        if (!email.empty() && contains(buyer.emails, email, lowered)) return buyer;
    Buyer buyer{.id = next_id(), .full_name = full_name, .created = now(), .updated = now()};
    if (!email.empty()) buyer.emails.push_back(email);
    if (!phone.empty()) buyer.phones.push_back(phone);
    return buyers[buyer.id] = buyer;
}

void Crm::set_status(Order& order, Id status_id) {
    if (order.status_id == status_id) return;
    order.status_id = status_id;
    order.status_changed = now();
    const Id group = status(status_id)->group;
    order.closed = group >= 5 ? now() : 0;
    settle_stock(order);
    if (notify) notify({.event = "order.change_order_status", .id = order.id, .status_id = status_id});
}

void Crm::move(const Line& line, Id warehouse, Hold hold, bool give_back) {
    Offer* of = line.offer_id ? offer(*line.offer_id) : nullptr;
    if (of == nullptr || hold == Hold::kNone) return;
    Shelf& shelf = of->shelves[warehouse];
    const Decimal pieces = give_back ? -line.quantity : line.quantity;
    if (hold == Hold::kReserved)
        shelf.reserve += pieces;
    else
        shelf.quantity = shelf.quantity - pieces;
}

void Crm::settle_stock(Order& order) {
    const Status& now_in = *status(order.status_id);
    const Source* from = source(order.source_id);
    if (from == nullptr || !from->warehouse) return;
    const Hold wanted = now_in.writes_off ? Hold::kWrittenOff : now_in.reserves ? Hold::kReserved : Hold::kNone;
    if (wanted == order.hold) return;
    for (const Line& line : order.lines) {
        move(line, *from->warehouse, order.hold, true);
        move(line, *from->warehouse, wanted, false);
        if (line.offer_id && notify) notify({.event = "stock", .id = *line.offer_id});
    }
    order.hold = wanted;
}

void Crm::release(Order& order) {
    const Source* from = source(order.source_id);
    if (from != nullptr && from->warehouse)
        for (const Line& line : order.lines) move(line, *from->warehouse, order.hold, true);
    order.hold = Hold::kNone;
}

void Crm::set_quantity(Offer& offer, Id warehouse, Decimal quantity) {
    offer.shelves[warehouse].quantity = quantity;
    if (notify) notify({.event = "stock", .id = offer.id});
}

void Crm::note_payment(const Order& order, const std::string& status_before) {
    if (notify && payment_status(order) != status_before)
        notify({.event = "order.change_payment_status", .id = order.id, .status_id = order.status_id});
}

void Crm::later(std::int64_t due_us, std::function<void()> change) { later_.emplace(due_us, std::move(change)); }

void Crm::run_due(std::int64_t now_us) {
    while (!later_.empty() && later_.begin()->first <= now_us) {
        const auto change = later_.begin()->second;
        later_.erase(later_.begin());
        change();
    }
}

}  // namespace sandbox::keycrm
