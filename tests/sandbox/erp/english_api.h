// The sors-en shape of the ERP (WIRE.md): routes, paging and envelope over the ledger. Thread-safe; borrows the world
// and the faults.
#pragma once

#include "tests/sandbox/erp/english_read.h"
#include "tests/sandbox/erp/visit.h"

namespace sandbox::erp {

class EnglishApi {
 public:
    EnglishApi(World& world, kit::FaultEngine& faults);
    EnglishApi(const EnglishApi&) = delete;
    EnglishApi& operator=(const EnglishApi&) = delete;

    kit::Response handle(const kit::Request& request) const { return router_.route(request); }

 private:
    // A handler runs under the world's lock. The JSON is that of the whole envelope.
    using Handler = Outcome<Json> (EnglishApi::*)(const Visit&) const;

    void add(const char* method, const char* pattern, Handler handler, bool needs_database = true);
    kit::Response serve(const kit::Request& request, const kit::PathValues& values, Handler handler,
                        bool needs_database) const;
    Outcome<Json> run(const kit::Request& request, const kit::PathValues& values, Handler handler, bool needs_database,
                      bool repeat_page) const;
    kit::Response picture(const kit::PathValues& values) const;

    Outcome<Json> list_databases(const Visit& visit) const;
    Outcome<Json> list_business_units(const Visit& visit) const;
    Outcome<Json> list_product_groups(const Visit& visit) const;
    Outcome<Json> list_products(const Visit& visit) const;
    Outcome<Json> get_product(const Visit& visit) const;
    Outcome<Json> list_product_images(const Visit& visit) const;
    Outcome<Json> list_stock(const Visit& visit) const;
    Outcome<Json> find_customers(const Visit& visit) const;
    Outcome<Json> create_customer(const Visit& visit) const;
    Outcome<Json> get_customer_debt(const Visit& visit) const;
    Outcome<Json> create_document(const Visit& visit) const;
    Outcome<Json> find_document(const Visit& visit) const;
    Outcome<Json> get_document(const Visit& visit) const;
    Outcome<Json> cancel_document(const Visit& visit) const;
    Outcome<Json> no_such_path(const Visit& visit) const;

    World& world_;
    kit::FaultEngine& faults_;
    kit::Router router_;
};

}  // namespace sandbox::erp
