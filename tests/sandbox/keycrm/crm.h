// One KeyCRM account: its rules about stock, totals and buyers.  Callers hold `mutex` while they use anything else.
#pragma once

#include <functional>
#include <mutex>

#include "tests/sandbox/keycrm/model.h"

namespace sandbox::keycrm {

// Something that the account's webhooks may want to tell.
struct Notice {
    std::string event{};             // "stock", "order.change_order_status", "order.change_payment_status"
    Id id = 0;                     // offer or order
    Id status_id = 0;              // of the order, at that moment
};

class Crm {
 public:
    Crm() { seed(); }
    void seed();  // the account of contract keycrm A7.9; switches stay

    Offer* offer(Id id);
    Offer* offer_by_sku(const std::string& sku);  // the first one
    Product* product(Id id);
    Order* order(Id id);
    Buyer* buyer(Id id);
    const Status* status(Id id) const;
    const Source* source(Id id) const;

    Decimal quantity(const Offer& offer, const std::set<Id>& warehouses = {}) const;  // no warehouses: all
    Decimal reserve(const Offer& offer, const std::set<Id>& warehouses = {}) const;
    Decimal line_total(const Line& line) const;
    Decimal products_total(const Order& order) const;
    Decimal grand_total(const Order& order) const;
    Decimal paid_total(const Order& order) const;
    std::string payment_status(const Order& order) const;

    // By phone, then e-mail, then new.
    Buyer& buyer_for(const std::string& full_name, const std::string& email, const std::string& phone);
    void set_status(Order& order, Id status_id);
    // After lines or status changed: takes or gives back what the status says.
    void settle_stock(Order& order);
    // Gives back what the order holds, so that its lines may change; settle_stock takes it again.
    void release(Order& order);
    void set_quantity(Offer& offer, Id warehouse, Decimal quantity);
    // A payment changed: tells it when the order's payment status did.
    void note_payment(const Order& order, const std::string& status_before);
    void touch(Order& order) { order.updated = now(); }
    std::int64_t now() const;
    Id next_id() { return ++last_id_; }

    // Runs what was delayed and is due.
    void run_due(std::int64_t now_us);
    void later(std::int64_t due_us, std::function<void()> change);

    std::mutex mutex;
    std::function<void(const Notice&)> notify;  // may be empty; must not take `mutex`
    Switches switches;
    std::map<Id, Offer> offers{};
    std::map<Id, Product> products{};
    std::map<Id, Order> orders{};
    std::map<Id, Buyer> buyers{};
    std::vector<Status> statuses{};
    std::vector<Source> sources{};
    std::vector<Named> warehouses{};
    std::vector<Named> payment_methods{};
    std::vector<Named> delivery_services{};
    std::vector<Named> expense_types{};
    std::vector<Named> tags{};
    std::vector<Named> categories{};

 private:
    void move(const Line& line, Id warehouse, Hold hold, bool give_back);

    Id last_id_ = 0;
    std::multimap<std::int64_t, std::function<void()>> later_;
};

}  // namespace sandbox::keycrm
