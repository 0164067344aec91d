/**
 * English words of the reference model's vocabulary, the commonest first: the front of the list also gets capitalised
 * forms. The order is part of the model file's bytes; append nothing here without a new model version.
 */
export const words: readonly string[] = `
the of and to in is that it was for on are as with his they at be this from have or by one had not but what all were
when we there can an your which their said if do will each about how up out them then she many some so these would
other into has more her two like him see time could no make than first been its who now people my made over did down
only way find use may long little very after words called just where most know get through back much before go good
new write our used me man too any day same right look think also around another came come work three word must because
does part even place well such here take why things help put years different away again off went old number great tell
men say small every found still between name should home big give air line set own under read last never us left end
along while might next sound below saw something thought both few those always looked show large often together asked
house world going want school important until form food keep children feet land side without boy once animals life
enough took sometimes four head above kind began almost live page got earth need far hand high year mother light parts
country father let night following picture being study second eyes soon times story boys since white days ever paper
hard near sentence better best across during today others however sure means knew try told young miles sun ways thing
whole hear example heard several change answer room sea against top turned learn point city play toward five using
himself usually money seen car morning given am among able added already although anyone anything ask bad based became
become becomes begin behind believe body book books bring brought build building built business buy call calls care
carry case cases catch cause caused center certain clear close closed cold color common complete contain contains
control correct cost costs count course cover create created cross cut dark data dead deal deep describe described
design detail details develop direct done door doubt draw drive drop dry early easily easy eat effect effects eight
either else empty energy english entire equal especially everyone everything exactly except expect expected experience
explain face fact facts fall family famous fast feel felt field figure fill filled final finally fine finish fire fish
fit floor flow fly follow force foot forest forget forward free friend friends front full game games garden gave
general gets girl glass goes gold gone ground group groups grow growing half happen happened happens happy hair hands
hat heart heat heavy held hill history hit hold hole hope horse hot hour hours huge human hundred ice idea ideas
improve include included includes including increase indeed inside instead interest island itself job join jump kept
key king knowledge known lake language late later laugh law lay lead learned least leave led legs length less letter
letters level lie lies list listen lived living longer looking looks lost lot lots love low machine machines main
makes making map mark market matter mean meaning measure measured measures measuring meet member members memory mind
minute minutes miss modern moment month months moon moved movement moving music myself names nature nearly needed
needs neither news nice nine none north note nothing notice noun object objects ocean office oh oil ones onto open
opened order original outside pages paint pair party pass passed past path pattern pay perhaps period person phrase
picked pieces piece plan plane planet plant plants please poor position possible power present press pretty problem
problems process produce product products program promise prove provide provides public pull pure push quick quickly
quiet quite race rain ran range rate rather reach reached reading ready real really reason reasons received record
records red region remain remember report reported require required rest result results return returned rich ride ring
rise river road rock rolled rose round rule rules run running runs safe sail salt sand sat save says scale science
score seem seemed seems self sell send sense sent separate serve service seven shape share sharp ship shop short shot
shoulder shown shows sign silent similar simple simply sing single sister sit six size skin sky sleep slow slowly
smile snow social soft soil soldier solution someone son song sort south space speak special speed spell spent spoke
spot spread spring square stand standing star stars start started state states stay steel step steps stick stone stood
stop stopped store straight strange stream street strong student students subject sudden suddenly sugar suggest sum
summer supply support suppose surface surprise system systems table tail taken talk talking tall teach teacher team
ten term terms test tests thank themselves therefore thick thin third thirty thousand throughout thus tiny tire
tomorrow tone tools total touch town track trade train travel tree trees triangle trip trouble true truth turn turns
twelve twenty type types uncle understand understood unit units unless upon usual valley value values various verb
view village visit voice voices wait waiting walk walked wall walls wanted war warm wash watch water waves week weeks
weight west wheel whether whose wide wife wild win wind window winter wish within woman women wonder wood worked
worker working works worn writing written wrong wrote yard yellow yes yesterday yet yourself ability absence absolute
accept accepted access accident according account accurate achieve act action actions active activity actual actually
add adding addition additional address adjust adult advance advantage advice affect affected afraid afternoon age
agent agents ago agree agreed ahead aim alive allow allowed allows alone alternative amount amounts analysis ancient
angle animal announced annual answers anybody apart apparent appear appeared appears apple application applications
applied apply approach appropriate area areas argue argument arm arms army arrange arrive arrived art article artist
aside aspect assume attack attempt attempts attention audience author authors automatic available average avoid aware
baby background balance ball band bank bar barely base basic basis bath bear beat beautiful beauty bed beginning
behavior beneath benefit benefits beside besides beyond bird birds birth bit bite bits black blank blind block blocks
blood blow blue board boat bone border born boss bottle bottom bound bowl box boxes brain branch brave bread break
breakfast breath breathe brick bridge brief bright broad broken brother brothers brown brush bucket budget bug burn
bus bush busy butter button cake calculate calm camera camp campaign candle capable capacity capital captain card
cards careful carefully carried carries carrying cat cattle caught causes cell cells central century chain chair
challenge chance changed changes changing channel chapter character characters charge chart cheap check checked checks
cheese chest chicken chief child choice choose chose chosen church circle circuit cities citizen claim class classes
clean clearly climate climb clock clocks closely closer clothes cloud clouds club coal coast coat code coffee collect
collection college column combination combine comes comfort coming command commands comment commercial committee
communication community companies company compare compared comparison compete competition completely complex computer
computers concern concerned concept conclusion condition conditions conduct conference confirm connect connected
connection consider considered consists constant construct consume contact contained content contents context continue
continued continues contract contrast contribute conversation convert cook cool copper copy corn corner correctly
cotton couldn't council counted countries couple courage court cousin covered cow crash cream creating creation credit
crew crime crisis critical crop crowd cry cultural culture cup curious current currently curve customer customers
cycle daily damage dance danger dangerous dare date dates daughter dawn dear death debate debt decade decide decided
decimal decision decisions declared decline decrease deeper deer default defense define defined definition degree
degrees delay delicate delivered delivery demand department depend depends depth desert deserve designed desire desk
despite destroy determine determined developed development device devices die died difference differences difficult
difficulty dig digital dinner direction directions directly dirt dirty disappear discover discovered discovery discuss
discussed discussion disease disk distance distant distribution divide divided division doctor document documents dog
dogs doing dollar dollars don't doors dot double dozen draft dragon drama drawing drawn dream dreams dress drew drink
driven driver driving dropped drops drove drum duck due dull dust duty dynamic eager ear earlier ears earn easier east
eastern eaten economic economy edge edges editor education effective efficient effort efforts egg eggs electric
electricity electronic element elements eleven embrace emerge emotion emotional employ employee empire enable
encounter encourage ended ending ends enemy engage engine engineer engineering engineers engines enjoy enjoyed
enormous ensure enter entered enters entirely entrance entry environment equally equipment error errors escape
essential establish established estimate estimated evening event events eventually everybody everyday everywhere
evidence evil exact examine examples excellent exchange excited exciting exercise exist existed existence existing
exists expand expensive experiences experiment experiments expert experts explained explanation explore exposed
express expression extend extended extent extra extreme extremely eye fabric facing factor factors factory fail failed
fails failure failures fair fairly faith falling falls false familiar families fan farm farmer farmers farther fashion
faster fat fate fault favor favorite fear feature features fed federal feed feeling feelings feels fell fellow fence
festival fewer fiction fields fifteen fifth fifty fight fighting figures file files film finds finger fingers finished
fires firm fishing fist fixed flag flame flat flew flight float flood flour flower flowers fog folded folk followed
follows foods fool foreign forever forgotten formal formation formed former forms formula fort forth forty fought
foundation fourth fox frame freedom freeze french frequency frequent frequently fresh friday friendly frog frozen
fruit fuel fully fun function functions fund fundamental funny fur furniture further future gain gained gap gaps
garage gas gate gather gathered gear gentle gently geography giant gift girls gives giving glad global goal goals goat
god golden goods government governor grade gradually grain grand grandfather grandmother grass gray greater greatest
greatly green grew grey growth guard guess guest guide guitar gun guy habit halfway hall hammer handed handle hang
hanging happening happily harbor harder hardly harm harvest hate haven't having hay headed health healthy hearing
hearts heaven heavily height hello helped helpful helping helps hence herd heritage herself hidden hide higher highest
highly hills historical hoped hopes horizon horn horses hospital host hotel household houses housing humor hungry hunt
hunter hunting hurried hurry hurt husband identical identify identity ignore ill image images imagine immediate
immediately impact implement importance impossible impression improved improvement inches income increased increases
increasing incredible independent index indicate indicated individual individuals industrial industry inference
influence inform information initial inner input inputs insects insist install installed instance instant institution
instruction instructions instrument instruments insurance intelligence intend intended intense interested interesting
interests internal international internet interview introduced introduction invented investigate investment invisible
invite involve involved iron isn't issue issues item items jacket jar jewel jobs joined joint journal journey joy
judge juice jumped jungle junior justice keeper keeping keeps keys kick kid kids kilometers kinds kingdom kiss kitchen
knee knife knock knot knows label labels labor laboratory lack ladder lady laid lamp landed lands landscape languages
larger largest lasted latency latest latter laughed launch laws lawyer layer layers lazy leader leaders leading leads
leaf league lean leaned learning leather leaves leaving lecture leg legal lesson lessons lets levels liberty library
lid lifted lift lights likely limit limited limits lines link links lion lips liquid listed listened listening
literature lively lives load loads local locate located location locations lock log logic logs lonely longest loop
loose lord lose loss loud loved lovely lower luck lucky lunch lungs machinery mad magazine magic magnet mail mainly
maintain major majority makers male manage managed management manager manner manual manufacturing maps march marked
marks marriage married mass massive master match matched material materials mathematics matters maximum maybe meal
meals meant meanwhile measurement measurements meat mechanical media medical medicine medium meeting melted memories
mental mention mentioned menu mere merely message messages metal meter meters method methods metric metrics middle
midnight mighty mild mile military milk mill million mine mineral minimum minor mirror missed missing mission mistake
mistakes mix mixed mixture mobile mode model models modes moderate moments monday monitor monkey mood moral moreover
mostly motion motor mount mountain mountains mouse mouth move moves movie mud multiple muscle museum musical mystery
nails narrow nation national nations native natural naturally navy nearby nearest neat necessary neck needle negative
neighbor neighborhood neighbors nerve nervous nest net network networks neutral nevertheless newspaper nineteen nobody
nodded node nodes noise noisy noon nor normal normally northern nose noted notes noticed novel nowhere nuclear numbers
numeral numerous nurse nut oak obey observe observed obtain obtained obvious obviously occasion occasionally occur
occurred occurs odd offer offered offers officer offices official okay older oldest opening opens operate operated
operating operation operations operator opinion opportunity opposite option options orange orbit ordinary organ
organization organized origin originally otherwise ought ourselves outer outline output outputs overall owner oxygen
pace pack package packed paid pain painted painting palace pale pan panel papers paragraph parallel parent parents
park particles particular particularly partly partner passage passengers passes passing passion passive patch paths
patience patient patterns pause paying payment peace peak peaks pen pencil penny percent perfect perfectly perform
performance performed permanent permission permit personal personality persons perspective phase phases phone photo
photograph physical piano pick pictures pile pilot pin pine pink pipe pitch places placed plain planned planets
planning plans plastic plate platform played player players playing plays pleasant pleasure plenty plot plus pocket
poem poet poetry points pole police policy political politics pond pool pop popular population port ports portion
positive possess possibility possibly post pot potato potential pound pounds poured powder powerful practical practice
precise precisely predict prefer prepare prepared presence presented president pressed pressure prevent previous
previously price prices pride primary prime principal principle print printed prior private prize probability probably
procedure processes processing processor produced producing production professional professor profit progress project
projects prompt prompts proof proper properly property proposed protect protection proud provided province publication
pulled pump pupil purchase purple purpose purposes pushed puts putting puzzle quality quantity quarter queen question
questions queue quietly quit rabbit radio railroad raise raised ranch random rapid rapidly rare rarely rates ratio raw
rays react reaction reader readers reads reality realize realized rear reasonable recall receive receives recent
recently recognize recognized recommend recorded recording recover reduce reduced refer reference refuse regard
regions regular regularly related relation relations relationship relative relatively release released relevant
reliable religion remained remains remarkable remove removed repair repeat repeated replace replaced reply reports
represent representative request requests requirement requires research reserve residents resist resource resources
respect respond response responses responsibility responsible restaurant restart returns reveal review revolution
rhythm rice rider riding rings rising risk rivers roads roar rocket rocks role roll roof rooms root roots rope rough
roughly route row rows royal rubber ruled ruler rush rushed sad saddle safely safety sailed sake salmon sample samples
satellites satisfied saved saving scared scene schedule scheduled scheme scholar schools scientific scientist
scientists scores screen search season seat secondary seconds secret section sections sector secure security seed
seeds seeing seek seldom select selected selection sells senior sensitive sentences separated series serious seriously
servant server servers serves services session setting settings settled settlement seventy severe shade shadow shadows
shake shaking shall shallow shaped shared sheep sheet sheets shelf shell shelter shift shine shining ships shirt shock
shoe shoes shook shoot shooting shops shore shorter shoulders shout shouted showed showing shut sick sides sight
signal signals signature significant silence silk silver simplest sink sir sits sitting situation situations sixteen
sixty sized sizes skill skills sleeping slept slight slightly slip slope slower smaller smallest smart smell smoke
smooth snake soap society software solar sold soldiers solid solve solved someday somehow somewhat somewhere sons
songs sorry sorts soul sounds soup source sources southern spacing speaker speaking species specific speech speeds
spend spending spider spin spirit spite split spoken sport sports stable staff stage stages stairs standard standards
stands stared starting starts statement station stations statistics status steadily steady steam stems stepped stiff
stock stomach stones stops storage stores stories storm stove strategy streams strength stress stretch strike string
strings strip stroke strongly struck structure structures struggle stuck studied studies studio stuff style subjects
substance succeed success successful successfully suffer sufficient suit suitable sunlight sunny superior supper
supplies supported supposed surely surprised surrounded survey survive sweet swept swim swimming swing switch symbol
symbols sympathy tables takes taking tales talked tank tape target targets task tasks taste taught tax tea teachers
teams tears technical technique techniques technology teeth telephone television telling tells temperature temporary
tend tent terrible tested testing text texture thanks theater theory they're thermal thermometer thinking thirteen
thoughts thousands thread threads threat threw throat throughput throw throwing thrown thumb thy ticket tide tie tied
tight till timer timing tin tip tired title tobacco toe token tokens tongue tonight tool tooth topic torn toss totally
touched tough tour tower towns toy trace tracks traditional traffic trail trained training transfer transform
transport transportation trap traveled treat treated treatment trend trial trick tried tries troops tropical truck
trunk trust trying tube tune tunnel turning twice twin typical typically ugly ultimate umbrella unable uncertain
underline understanding unexpected unhappy union unique unity universe university unknown unlike unusual update upper
upward useful useless user users uses usage vacation valid valuable vapor variable variables variation variety vary
vast vegetable vehicle vehicles verify version versions vertical vessels via victory video views violence virtual
visible vision visited visitors vital volume volumes vote vowel voyage wagon walking wants warn warning wasn't waste
watched watching wave weak wealth wear wearing weather web wedding welcome western wet whale whatever wheat wheels
whenever wherever whispered whistle widely width willing windows wine wing wings winner wins wire wise wished wolf won
won't wonderful wooden wool worlds worried worry worse worst worth wouldn't wrapped writer writers yell yours youth
zero zone zoo adapter adaptive algorithm algorithms allocate analog archive arrangement array arrays assistant async
attribute audio authentic backup bandwidth batch batches benchmark benchmarks binary boolean boundary browser buffer
buffers builder byte bytes cache cached caches calibrate cancel celsius chunk chunks client clients cluster clusters
compile compiler component components compress compute computed computing config configuration connections console
constraint container containers core cores counter counters coverage cpu daemon dashboard database debug decode
decoded decoder decoding deploy deployment developer diagnostics directory discard domain download drift drivers
duration encode encoder endpoint execute execution exporter extension fetch firmware fragment framework gateway gauge
generate generated generates generating generation generator gigabyte gpu graph graphics hardware hash header headers
histogram http idle import integer integrate interface interval iterate json kernel keyword latencies linear listener
logical loopback manifest matrix megabyte merge metadata milliseconds module modules monitoring mutex namespace nonce
nonsense notify offline offset online optimize overhead overview packet packets parameter parameters parse parser
percentile pipeline pixel plugin pointer prefill prefix probe profile protocol proxy quantum query quota reboot
recursive redirect registry regression render replica repository reset retry rollback router runtime sampler sandbox
scalar scan schema scope script segment semantic sensor sequence sequential serial setup shard silicon simulate
snapshot socket stack startup static statistic strict submit subset suffix summary synchronous syntax tensor terminal
throttle timeout timestamp toggle transaction transformer trigger tuple upgrade upload utility validate vector vectors
watt watts webhook widget wireless workflow workload workstation
`
  .trim()
  .split(/\s+/);
