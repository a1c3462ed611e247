// Everything the shop remembers, in memory, with its indexes and the append-only log of stock changes. Every method and
// every reference it gives needs `mutex` held by the caller, but for clock() and config(), which are safe alone.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "tests/sandbox/shop/config.h"
#include "tests/sandbox/shop/model.h"

namespace sandbox::shop {

struct Term {
    std::string name;
    std::string slug;
    std::int64_t parent = 0;
};

// One file of the media library.
struct Image {
    std::string origin;  // the address that it was fetched from
    std::string src;  // its own address
};

class Store {
 public:
    static constexpr std::size_t kMaxProducts = 200'000;
    static constexpr std::size_t kMaxOrders = 500'000;
    static constexpr std::size_t kMaxCustomers = 500'000;
    static constexpr std::size_t kMaxLog = 2'000'000;

    explicit Store(ShopConfig config);

    std::mutex mutex;

    // A copy, since the control port may change settings at any time.
    ShopConfig config() const;
    void set_config(ShopConfig config);
    // The shop's own clock: the machine's, plus the drift that a test has asked for.
    std::int64_t clock() const;
    void set_drift(std::int64_t seconds) { drift_ = seconds; }
    void reset();

    std::int64_t next_post_id() { return ++last_post_; }
    std::int64_t next_item_id() { return ++last_item_; }
    std::int64_t next_meta_id() { return ++last_meta_; }
    std::int64_t next_note_id() { return ++last_note_; }
    std::int64_t next_customer_id() { return ++last_customer_; }

    Product* product(std::int64_t id);
    Product* product_by_sku(const std::string& sku);  // any case, also trashed ones and variations
    Product* product_by_gtin(const std::string& gtin);
    Product& add_product(Product product);
    void remove_product(std::int64_t id);  // and its variations
    // Every save of a product ends here: sets the time, refreshes the parent, the indexes and the cached text.
    void product_saved(Product& product);
    void rename_sku(Product& product, const std::string& sku);
    void rename_gtin(Product& product, const std::string& gtin);
    // Sets the quantity and writes the log.
    void set_stock(Product& product, std::int64_t quantity, const std::string& cause, std::int64_t order_id = 0);
    // Derives prices, stock status and the parent's aggregates without touching any date.
    void derive(Product& product);

    Order* order(std::int64_t id);
    Order& add_order(Order order);
    void remove_order(std::int64_t id);
    void order_saved(Order& order);

    Customer* customer(std::int64_t id);
    Customer* customer_by_email(const std::string& email);
    Customer& add_customer(Customer customer);
    void remove_customer(std::int64_t id);
    void rename_email(Customer& customer, const std::string& email);

    // Writes a line about an order ("created", "status", ...) into the same log as the stock changes.
    void log_order(const Order& order, const std::string& what);
    void log_stock(const Product& product, std::optional<std::int64_t> before, std::optional<std::int64_t> after,
                   const std::string& cause, std::int64_t order_id);
    // JSON {"last":n,"dropped":n,"entries":[...]} after a sequence.
    std::string log_text(std::int64_t after, std::size_t limit) const;
    std::int64_t log_sequence() const { return log_sequence_; }

    std::map<std::int64_t, Product> products;  // variations too
    std::map<std::int64_t, Order> orders;
    std::map<std::int64_t, Customer> customers;
    std::map<std::string, Coupon> coupons;
    std::map<std::int64_t, Term> categories;
    std::map<std::int64_t, Term> attributes;
    std::map<std::int64_t, Image> images;
    std::set<std::pair<std::int64_t, std::int64_t>> products_by_time;  // (modified, id)
    std::set<std::pair<std::int64_t, std::int64_t>> orders_by_time;

 private:
    struct LogEntry {
        std::int64_t sequence = 0;
        std::int64_t time_us = 0;
        std::string kind{};
        std::int64_t product_id = 0;
        std::string sku{};
        std::optional<std::int64_t> before{};
        std::optional<std::int64_t> after{};
        std::string cause{};
        std::int64_t order_id = 0;
        std::string status{};
    };
    void append(LogEntry entry);

    mutable std::mutex config_mutex_;
    ShopConfig config_;
    std::atomic<std::int64_t> drift_{0};
    std::int64_t last_post_ = 13;
    std::int64_t last_item_ = 0;
    std::int64_t last_meta_ = 0;
    std::int64_t last_note_ = 0;
    std::int64_t last_customer_ = 1;
    std::unordered_map<std::string, std::int64_t> by_sku_;
    std::unordered_map<std::string, std::int64_t> by_gtin_;
    std::unordered_map<std::string, std::int64_t> by_email_;
    std::deque<LogEntry> log_;
    std::int64_t log_sequence_ = 0;
    std::int64_t log_dropped_ = 0;
};

}  // namespace sandbox::shop
