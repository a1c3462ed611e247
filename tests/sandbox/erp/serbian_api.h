// The sors-sr shape of the ERP (WIRE.md): database in the path, row ranges, HTTP 200 for errors. Written apart from the
// English shape, over the same ledger. Thread-safe; borrows the world and the faults.
#pragma once

#include "tests/sandbox/erp/serbian_read.h"
#include "tests/sandbox/erp/visit.h"

namespace sandbox::erp {

class SerbianApi {
 public:
    SerbianApi(World& world, kit::FaultEngine& faults);
    SerbianApi(const SerbianApi&) = delete;
    SerbianApi& operator=(const SerbianApi&) = delete;

    kit::Response handle(const kit::Request& request) const { return router_.route(request); }

 private:
    // A handler runs under the world's lock and gives the content of "podaci". In its visit the database is chosen
    // already.
    using Handler = Outcome<Json> (SerbianApi::*)(const Visit&) const;

    void add(const char* method, const char* pattern, Handler handler);
    kit::Response serve(const kit::Request& request, const kit::PathValues& values, Handler handler,
                        bool needs_database) const;
    Outcome<Json> run(const kit::Request& request, const kit::PathValues& values, Handler handler, bool needs_database,
                      bool repeat_page) const;
    kit::Response picture(const kit::PathValues& values) const;
    Outcome<int> partner_of(const Visit& visit, const serbian::DocumentBody& body) const;

    Outcome<Json> baze(const Visit& visit) const;
    Outcome<Json> poslovne_jedinice(const Visit& visit) const;
    Outcome<Json> grupe(const Visit& visit) const;
    Outcome<Json> artikli(const Visit& visit) const;
    Outcome<Json> artikal(const Visit& visit) const;
    Outcome<Json> slike(const Visit& visit) const;
    Outcome<Json> lager(const Visit& visit) const;
    Outcome<Json> partneri(const Visit& visit) const;
    Outcome<Json> novi_partner(const Visit& visit) const;
    Outcome<Json> dugovanje(const Visit& visit) const;
    Outcome<Json> novi_dokument(const Visit& visit) const;
    Outcome<Json> dokumenti(const Visit& visit) const;
    Outcome<Json> dokument(const Visit& visit) const;
    Outcome<Json> storno(const Visit& visit) const;
    Outcome<Json> nepoznata_putanja(const Visit& visit) const;

    World& world_;
    kit::FaultEngine& faults_;
    kit::Router router_;
};

}  // namespace sandbox::erp
