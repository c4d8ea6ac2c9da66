#!/bin/sh
# Makes the certificates of the tests again, valid for a hundred years: run it in this folder. The keys guard nothing.
set -eu

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

# authority FILE NAME
authority() {
  key "$1.key"
  openssl req -x509 -new -key "$1.key" -days 36500 -subj "/CN=$2" -out "$1.crt" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
}

# signed FILE KEY NAME SUBJECT_ALT_NAMES FROM TO
signed() {
  printf '%s\n' "basicConstraints=CA:FALSE" ${4:+"subjectAltName=$4"} > extensions
  openssl req -new -key "$2.key" -subj "/CN=$3" -out request
  openssl ca -batch -notext -config config -in request -out "$1.crt" -startdate "$5" -enddate "$6" -extfile extensions
}

printf '%s\n' '[ca]' 'default_ca = own' '[own]' 'database = database' 'serial = serial' 'new_certs_dir = .' \
  'certificate = ca.crt' 'private_key = ca.key' 'default_md = sha256' 'policy = any' 'unique_subject = no' \
  'default_crl_days = 36500' '[any]' 'commonName = supplied' > config
: > database
echo 01 > serial

authority ca 'Sluice test CA'
authority other-ca 'another CA'
key server.key
key client.key
here='DNS:localhost,IP:127.0.0.1,IP:::1'
signed server server 'a server' "$here" 20260101000000Z 21260101000000Z
signed other-name server 'another server' 'DNS:db.example,IP:192.0.2.1' 20260101000000Z 21260101000000Z
signed expired server 'an old server' "$here" 20200101000000Z 20210101000000Z
signed client client sluice '' 20260101000000Z 21260101000000Z
openssl ca -config config -revoke server.crt
openssl ca -config config -gencrl -out server-revoked.crl

rm -f ca.key other-ca.key config database* serial* request extensions [0-9][0-9].pem
