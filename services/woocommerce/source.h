// Reads what changed at the shop.  What is read and how nothing is lost stands in the README, "Streams".
// One thread at a time per stream; streams may run in parallel.
#pragma once

#include <memory>
#include <stop_token>
#include <string_view>

#include "services/woocommerce/cursor.h"
#include "services/woocommerce/shop.h"

namespace shopwire::woocommerce {

constexpr std::string_view kOrders = "orders";
constexpr std::string_view kProducts = "products";
constexpr std::string_view kCatalogue = "catalogue";
constexpr std::string_view kCustomers = "customers";
constexpr std::string_view kDeletes = "deletes";

class Source final : public runtime::Source {
 public:
    // Shared: the parts of a connection are freed in any order, and the last one frees the shop.
    explicit Source(std::shared_ptr<Shop> shop) : shop_(std::move(shop)) {}

    Result<runtime::Page> read(std::string_view stream, const runtime::Cursor& from, std::stop_token stop) override;

 private:
    Result<runtime::Page> read_changes(List list, const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> read_catalogue(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> read_customers(const runtime::Cursor& from, std::stop_token stop);
    Result<runtime::Page> read_deletes(const runtime::Cursor& from, std::stop_token stop);
    Result<ChangeCursor> start(List list, const runtime::Cursor& from) const;
    struct OrderIds {
        std::vector<std::int64_t> ids{};  // ascending
        bool complete = false;
    };
    Result<OrderIds> recent_order_ids(std::stop_token stop);

    std::shared_ptr<Shop> shop_;
};

}  // namespace shopwire::woocommerce
